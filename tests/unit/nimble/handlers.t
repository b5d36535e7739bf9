#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Disassembles the handlers of threaded code: no indirect call, no return, no
# thunk on the dispatch path; no handler moves the stack pointer and leaves it
# so; every handler ends in a jump through its own dispatch. Functions named
# nimble_raw_* are called by the slow path and are no handlers.
use strict;
use warnings;

my $build = $ENV{MARGAY_BUILD} // 'build';
my @objects = map { "$_.o" } qw(alu jump checked unchecked super_pure
	super_checked super_unchecked entry);
my $n = 0;
print "1..", 2 * @objects, "\n";

sub check {
	my ($file) = @_;
	my ($name, %bad, %depth, %dispatches, $count);

	open my $in, '-|', 'objdump', '-d', '--no-show-raw-insn', $file
		or die "objdump: $!\n";
	while (<$in>) {
		if (/^[0-9a-f]+ <(.*)>:/) {
			$name = $1;
			next if $name =~ /^nimble_raw_/;
			$count++;
			$depth{$name} = 0;
			next;
		}
		next unless /^\s+[0-9a-f]+:\t(\S+)\s*(.*)/;
		next if $name =~ /^nimble_raw_/;
		my ($op, $args) = ($1, $2);
		my $stub = $name =~ /^nimble_(stub|tail)_/;

		$bad{$name} = "$op $args"
			if $op =~ /^call/ && !$stub ||
			   $op eq 'call' && $args =~ /^\*/ &&
			   $name ne 'nimble_stub_helper' ||
			   $op =~ /^ret/ && $name ne 'nimble_stub_unwind' ||
			   $op =~ /^jmp/ && $args =~ /thunk/ ||
			   $op =~ /^jmp/ && $args =~ /^\*/ &&
			   $args !~ /^\*\(%rbx\)$/;
		next if $stub;
		$depth{$name}++ if $op eq 'push';
		$depth{$name}-- if $op eq 'pop';
		$depth{$name}-- if $op eq 'lea' && $args eq '0x8(%rsp),%rsp';
		$bad{$name} = "$op $args" if $op =~ /^(sub|add)/ &&
			$args =~ /%rsp$/;
		$dispatches{$name} = 1 if $op =~ /^jmp/;
	}
	for (keys %depth) {
		$bad{$_} //= 'moves the stack pointer' if $depth{$_};
		$bad{$_} //= 'does not dispatch'
			unless /^nimble_(stub|tail)_/ || $dispatches{$_};
	}
	return ($count // 0, \%bad);
}

for my $variant ('nimble', 'nimble-kernel') {
	for my $object (@objects) {
		my ($count, $bad) = check("$build/$variant/$object");
		my @names = sort keys %$bad;

		print !@names && $count ? 'ok ' : 'not ok ', ++$n,
			" - $variant/$object: $count handlers\n";
		print "# $_: $bad->{$_}\n" for @names[0 .. ($#names < 4 ? $#names : 4)];
	}
}
