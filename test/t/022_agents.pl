# Agents at random in many sessions: trees, rates, orders, refunds, payouts that complete and fail.  Afterwards every net
# commission equals what plain SQL reckons from the tree and the rates at the moment it was earned, and every payout its rows.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use IPC::Run ();
use PostgreSQL::Test::Utils;
use Test::More;
use Wms;

my $node = new_server('agents', 'max_connections = 50', 'shared_buffers = 128MB', 'log_line_prefix = \'%e \'', 'deadlock_timeout = 100ms');
my $database = installed($node, 'agents');
my %expected = map { $_ => 1 } qw(00000 WM003 WM004 WM008 WM010 WM011 22023);

local %ENV = (%ENV, pg_env($node));
IPC::Run::run([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-f', "$FindBin::RealBin/../bench/agents_setup.sql" ]) or die;

# Sessions that run one function again and again at a level of isolation; from a file, since what is piped is only written
# once somebody waits for that program alone.
sub sessions
{
    my ($function, $isolation, $count, $times) = @_;
    my $script = PostgreSQL::Test::Utils::tempdir() . "/$function.sql";

    PostgreSQL::Test::Utils::append_to_file($script, "SELECT $function();\n");
    local $ENV{PGOPTIONS} = '-c default_transaction_isolation=' . ($isolation =~ s/ /\\ /r);
    return IPC::Run::start([ 'pgbench', '-n', '-c', $count, '-j', 1, '-t', $times, '--max-tries', 10000, '-f', $script, $database ],
        '<', '/dev/null', '>', '/dev/null', '2>', '/dev/null');
}

$node->safe_psql($database, 'SELECT agents_step() FROM generate_series(1, 100)');
my @running = (
    sessions('agents_step', 'read committed', 6, 250),
    sessions('agents_step', 'repeatable read', 2, 120),
    sessions('agents_earn', 'repeatable read', 3, 120));
ok($_->finish, 'sessions end well') for @running;

my %seen = map { split /\|/ } split /\n/, run_sql($node, $database, 'SELECT state, count(*) FROM load_results GROUP BY 1');
is(join(' ', grep { !$expected{$_} } sort keys %seen), '', 'only refused for good reasons')
  or diag(run_sql($node, $database, q{SELECT DISTINCT command, state, message FROM load_results WHERE state !~ '^(WM0|00000|22023)'}));
my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
my %states = map { $_ => 1 } $log =~ /^(\w{5}) (?:ERROR|FATAL|PANIC): /mg;
is(join(' ', grep { $_ ne '40001' } sort keys %states), '', 'no deadlock, no error beside them');

is(run_sql($node, $database, 'SELECT * FROM unequal'), '', 'every net commission is what plain SQL reckons');
is(run_sql($node, $database, q{SELECT p.payout_number, p.amount, sum(c.commission_amount) FROM agent.payouts p LEFT JOIN agent.commissions c ON c.payout_id = p.id
    WHERE p.status <> 'failed' GROUP BY p.id HAVING p.amount IS DISTINCT FROM sum(c.commission_amount)}), '', 'every payout is its rows');
is(run_sql($node, $database, q{SELECT c.id FROM agent.commissions c LEFT JOIN agent.payouts p ON p.id = c.payout_id
    WHERE (c.status = 'paid') <> coalesce(p.status = 'completed', false) OR (c.status = 'paid') <> (c.paid_at IS NOT NULL) OR p.status = 'failed'
       OR p.id IS NOT NULL AND c.status NOT IN ('approved', 'paid')}), '', 'paid is what was in a payout that was completed');
is(run_sql($node, $database, q{SELECT t.agent_id FROM agent.targets t WHERE (t.status = 'achieved') <> (t.achieved_amount >= t.target_amount)}), '', 'targets are achieved where they are');
is(run_sql($node, $database, 'SELECT * FROM wms_verify()'), '', 'every rule holds');
is(run_sql($node, $database, q{SELECT count(*) > 30 AND bool_or(level > 1) FROM model}), 't', 'orders earned, over several levels');
is(run_sql($node, $database, q{SELECT count(*) > 10 FROM agent.commissions WHERE refund_id IS NOT NULL}), 't', 'refunds clawed back');
is(run_sql($node, $database, q{SELECT string_agg(DISTINCT status, ' ' ORDER BY status) FROM agent.payouts WHERE status <> 'processing' AND status <> 'pending'}), 'completed failed', 'payouts were completed and failed');

$node->stop;
done_testing();
