# The documentation says what the software does.
#
#	Examples: in README.md, docs/tutorial.md and docs/api/*.md every block marked sql is run, file by file, each
#	file in one psql session on a database of its own.  A block marked text behind it is the output it must have;
#	a block without one must not fail.  Blocks marked python are run after them, on the same database, where
#	there is a python3 with psycopg.  What differs at each run is made alike on both sides: uuids are numbered
#	as they appear, so that the same one must come back, times and business dates become words, and runs of
#	blanks and of dashes, whose length follows from the values, count as one.
#
#	Functions: each one of the extension has its entry in docs/api with the names of all its parameters and
#	columns, and each one that a document calls exists or is in the list of planned ones.
#
#	Errors and guards: each WM code has its row in docs/errors.md; each table of the six schemas is in docs/guards.md,
#	and a table with guarded columns names them all in its row.
#
#	Privileges: the tables of docs/security.md are those of wms_privileges().
#
#	Links: each relative link leads to a file, and to a heading where it says so.
#
#	WMS_DOCS_WRITE=1 writes the output found into the documents instead of comparing it; read the diff.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use Test::More;
use Wms;

my $tree = "$FindBin::RealBin/../..";
my $node = new_server('docs', "timezone = 'UTC'", "log_timezone = 'UTC'");
my @documents = map { s{^\Q$tree/\E}{}r } glob("$tree/README.md $tree/docs/*.md $tree/docs/api/*.md");
my $has_python = eval { IPC::Run::run([ 'python3', '-c', 'import psycopg' ], '>', '/dev/null', '2>', '/dev/null') };
my @with_examples = grep { m{^(README|docs/tutorial|docs/api/.*)\.md$} } @documents;

sub slurp
{
    my ($file) = @_;
    open my $handle, '<:raw', "$tree/$file" or die "$file: $!";
    local $/ = undef;
    return scalar <$handle>;
}

# The blocks of a language: where each stands, what it says, and the output behind it, if any.
sub examples_of
{
    my ($language, $text) = @_;
    my @examples;

    while ($text =~ /^```$language\n(.*?)^```\n(?:\n*```text\n(.*?)^```\n)?/msg)
    {
        push @examples, { code => $1, expected => $2, from => $-[2], to => $+[2], line => 1 + (substr($text, 0, $-[0]) =~ tr/\n//) };
    }
    return @examples;
}

# Runs all of them in one session; the rows of an example stand before its error, of which there can be one.
sub run_examples
{
    my ($database, @examples) = @_;
    my $input = "\\set VERBOSITY verbose\n";
    my ($out, $err);

    $input .= "$examples[$_]{code}\n\\echo <<end>>\n\\warn <<end>>\n" for 0 .. $#examples;
    local %ENV = (%ENV, pg_env($node));
    IPC::Run::run([ 'psql', '-X', '-d', $database ], '<', \$input, '>', \$out, '2>', \$err);
    my @out = split /^<<end>>\n/m, $out, -1;
    my @err = split /^<<end>>\n/m, $err, -1;
    for my $i (0 .. $#examples)
    {
        my $error = $err[$i] // '<the session ended before>';
        $error =~ s/^LOCATION: .*\n//mg;
        $examples[$i]{failed} = $error =~ /^(ERROR|FATAL|<)/m;
        $examples[$i]{found} = ($out[$i] // '') . $error;
        $examples[$i]{found} =~ s/[ \t]+$//mg;
        $examples[$i]{found} =~ s/\n+\z/\n/;
    }
    return;
}

sub run_programs
{
    my ($database, @examples) = @_;

    local %ENV = (%ENV, pg_env($node), PGDATABASE => $database);
    for my $example (@examples)
    {
        my $ok = IPC::Run::run([ 'python3', '-' ], '<', \$example->{code}, '>', \$example->{found}, '2>', \my $err);
        $example->{failed} = !$ok;
        $example->{found} .= $err;
    }
    return;
}

# Both sides in the same words; seen numbers the uuids of one side.
sub normalised
{
    my ($text, $seen) = @_;

    $text =~ s/\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/'uuid ' . ($seen->{$1} \/\/= 1 + keys %$seen)/ge;
    $text =~ s/\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:\d\d)?)?/time/g;
    $text =~ s/\b([A-Z]{3})-\d{8}-(\d{6,})\b/$1-date-$2/g;
    $text =~ s/-{2,}/--/g;
    $text =~ s/ +/ /g;
    $text =~ s/ +$//mg;
    return $text;
}

sub check_example
{
    my ($file, $example, $seen_expected, $seen_found) = @_;
    my $where = "$file, line $example->{line}";
    my $found = normalised($example->{found}, $seen_found);

    return ok(!$example->{failed}, "$where: runs") || diag($example->{found}) if !defined $example->{expected};
    is($found, normalised($example->{expected}, $seen_expected), "$where: output");
    return;
}

sub write_outputs
{
    my ($file, $text, @examples) = @_;

    for my $example (sort { $b->{from} <=> $a->{from} } grep { defined $_->{expected} } @examples)
    {
        substr($text, $example->{from}, $example->{to} - $example->{from}) = $example->{found};
    }
    open my $handle, '>:raw', "$tree/$file" or die "$file: $!";
    print $handle $text;
    close $handle or die "$file: $!";
    return;
}

sub check_examples
{
    my ($file) = @_;
    my $text = slurp($file);
    my @examples = examples_of('sql', $text);
    my @programs = $has_python ? examples_of('python', $text) : ();
    my (%expected, %found);

    return if !@examples;
    my $database = new_database($node, $file);
    run_examples($database, @examples);
    run_programs($database, @programs);
    push @examples, @programs;
    if ($ENV{WMS_DOCS_WRITE})
    {
        write_outputs($file, $text, @examples);
        check_example($file, { %$_, expected => undef }, {}, {}) for grep { !defined $_->{expected} } @examples;
        return;
    }
    check_example($file, $_, \%expected, \%found) for @examples;
    is(run_sql($node, $database, 'SELECT count(*) FROM wms_verify()'), '0', "$file: wms_verify() finds nothing wrong afterwards");
    return;
}

check_examples($_) for @with_examples;

# The part of docs/api under the heading of a function, to the next heading; '' when it has none.
my $api = join "\n", map { slurp($_) } grep { m{^docs/api/} } @documents;

sub entry_of
{
    my ($function) = @_;

    return $api =~ /^(#+ \Q$function\E\n.*?)(?=^#+ |\z)/ms ? $1 : '';
}

my $database = installed($node, 'functions');
my @functions = map { [ split /\|/, $_, -1 ] } split /\n/, run_sql($node, $database,
    "SELECT p.proname, p.prorettype = 'trigger'::regtype, coalesce(array_to_string(p.proargnames, ','), '')
       FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
      WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
        AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'wms') ORDER BY 1");
my %exists = map { $_->[0] => 1 } @functions;

cmp_ok(scalar @functions, '>', 30, 'the extension has functions');
for my $function (@functions)
{
    my ($name, $is_trigger, $parameters) = @$function;
    my $entry = entry_of($name);

    if ($is_trigger eq 't')
    {
        like($api, qr/^\| `\Q$name\E` \|/m, "$name is in the table of trigger functions");
        next;
    }
    my @missing = grep { $entry !~ /\b\Q$_\E\b/ } split /,/, $parameters;
    isnt($entry, '', "$name has an entry in docs/api") or next;
    is("@missing", '', "$name: its entry names every parameter and column");
}

my ($planned_part) = slurp('docs/api/README.md') =~ /^## Planned\n(.*?)(?=^## |\z)/ms;
my %planned = map { $_ => 1 } $planned_part =~ /`(wms_\w+)`/g;
is(join(' ', grep { $exists{$_} } sort keys %planned), '', 'nothing that exists is listed as planned');

for my $file (@documents)
{
    my %called = map { $_ => 1 } slurp($file) =~ /\b(wms_\w+)\(/g;
    is(join(' ', grep { !$exists{$_} && !$planned{$_} } sort keys %called), '', "$file: every function exists or is planned");
}

my $errors = slurp('docs/errors.md');
my @codes = map { "WM$_" } map { s/[', ]//gr } slurp('src/support/errors.h') =~ /MAKE_SQLSTATE\('W', 'M', ('\d', '\d', '\d')\)/g;
is(join(' ', grep { $errors !~ /^\| $_ \|/m } @codes), '', 'docs/errors.md has every code of the class WM');

my $guards = slurp('docs/guards.md');
my @tables = split /\n/, run_sql($node, $database, "SELECT table_schema || '.' || table_name FROM information_schema.tables
    WHERE table_schema IN ('auth', 'catalog', 'inventory', 'sales', 'crm', 'agent') AND table_type = 'BASE TABLE'");
is(join(' ', grep { $guards !~ /`\Q$_\E`/ } @tables), '', 'docs/guards.md has every table');
for my $trigger (split /\n/, run_sql($node, $database, "SELECT c.oid::regclass || '|' || encode(t.tgargs, 'escape')
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgfoid = 'wms_guard_columns'::regproc ORDER BY 1"))
{
    my ($table, $arguments) = split /\|/, $trigger, 2;
    my (undef, @columns) = split /\\000/, $arguments;
    my ($row) = $guards =~ /^(\| `\Q$table\E` \|.*)$/m;
    is(join(' ', grep { ($row // '') !~ /`$_`/ } @columns), '', "docs/guards.md: guarded columns of $table");
}

# Who may what, in the words of docs/security.md: a row for each function, a row for each table.
my $who = q{
    CREATE FUNCTION pg_temp.who(profiles text[]) RETURNS text LANGUAGE sql AS $$
      SELECT CASE WHEN profiles = '{}' THEN 'owner' WHEN profiles = '{public}' THEN 'everybody'
        ELSE concat_ws(', ', (SELECT p || CASE WHEN p <> 'app' AND 'app' = ANY (profiles) THEN ' up' ELSE '' END
                                FROM unnest('{viewer,operator,manager,admin,app}'::text[]) WITH ORDINALITY u (p, n)
                               WHERE p = ANY (profiles) ORDER BY n LIMIT 1),
          (SELECT string_agg(p, ', ') FROM unnest('{customer,agent}'::text[]) p WHERE p = ANY (profiles))) END $$;
    CREATE FUNCTION pg_temp.cell(wanted_table text, wanted_privilege text) RETURNS text LANGUAGE sql AS $$
      SELECT coalesce(string_agg(pg_temp.who(profiles) || coalesce(' (but `' || array_to_string(except_columns, '`, `') || '`)', '')
          || coalesce(' (`' || array_to_string(only_columns, '`, `') || '`)', ''), '; ' ORDER BY n), '')
        FROM wms_privileges() WITH ORDINALITY p (schema_name, object_kind, object_name, privilege, only_columns, except_columns, profiles, n)
       WHERE object_name = wanted_table AND privilege = wanted_privilege $$;
    };
my %rows_of = (
    functions => q{SELECT format('| `%s` | %s |', object_name, pg_temp.who(profiles)) FROM wms_privileges()
        WITH ORDINALITY p (schema_name, object_kind, object_name, privilege, only_columns, except_columns, profiles, n)
        WHERE object_kind = 'function' ORDER BY n},
    tables => q{SELECT format('| `%s` | %s | %s | %s | %s |', object_name, pg_temp.cell(object_name, 'SELECT'),
          pg_temp.cell(object_name, 'INSERT'), pg_temp.cell(object_name, 'UPDATE'), pg_temp.cell(object_name, 'DELETE'))
        FROM (SELECT object_name, min(n) AS n FROM wms_privileges()
          WITH ORDINALITY p (schema_name, object_kind, object_name, privilege, only_columns, except_columns, profiles, n)
          WHERE object_kind = 'table' GROUP BY 1) t ORDER BY n});
for my $list (sort keys %rows_of)
{
    my $security = slurp('docs/security.md');
    my $expected = run_sql($node, $database, "$who $rows_of{$list}");
    my ($rows) = $security =~ /^### Privileges on $list\n.*?^\|---.*?\n(.*?)\n\n/ms;

    if ($ENV{WMS_DOCS_WRITE})
    {
        $security =~ s/(^### Privileges on $list\n.*?^\|---.*?\n)(.*?)\n\n/$1$expected\n\n/ms;
        open my $handle, '>:raw', "$tree/docs/security.md" or die $!;
        print $handle $security;
        close $handle or die $!;
        next;
    }
    is($rows, $expected, "docs/security.md: privileges on $list");
}

# GitHub's names of headings, as far as we use them.
sub anchors_of
{
    my ($file) = @_;
    my $text = slurp($file) =~ s/^```.*?^```$//msgr;

    return map { lc($_) =~ s/[^\w\- ]//gr =~ s/ /-/gr => 1 } $text =~ /^#+ (.*)$/mg;
}

for my $file (@documents)
{
    my $text = slurp($file) =~ s/^```.*?^```$//msgr;
    my ($folder) = $file =~ m{^(.*/)?};
    my @broken;

    for my $link ($text =~ /\]\(([^)\s]+)\)/g)
    {
        next if $link =~ /^[a-z]+:/;
        my ($path, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
        my $target = $path eq '' ? $file : ($folder // '') . $path;

        1 while $target =~ s{(^|/)(?!\.\./)[^/]+/\.\./}{$1};
        if (!-e "$tree/$target") { push @broken, $link; next }
        next if !defined $anchor || -d "$tree/$target";
        my %anchors = anchors_of($target);
        push @broken, $link if !$anchors{$anchor};
    }
    is("@broken", '', "$file: every link leads somewhere");
}

$node->stop;
done_testing();
