using System.Diagnostics;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Statistics;

namespace Migrate.Target.Tests.Statistics;

public sealed class StatisticsBookTests
{
    private const string Host = RunningTarget.HostNqn;
    private const string OtherHost = RunningTarget.OtherHostNqn;

    private static readonly long Microsecond = Stopwatch.Frequency / 1_000_000;

    [Fact]
    public void Connections_are_summed_per_namespace_and_per_host_and_keep_counting_when_they_are_closed()
    {
        var book = new StatisticsBook();
        var (first, second) = (NewNamespace(1), NewNamespace(2));
        var open = book.Open(Host);
        var closed = book.Open(Host);
        var other = book.Open(OtherHost);
        open.Record(first, CommandClass.Read, 4096, 20 * Microsecond, NvmeStatus.Success);
        closed.Record(first, CommandClass.Write, 512, 20 * Microsecond, NvmeStatus.Success);
        closed.Record(second, CommandClass.Read, 8192, 20 * Microsecond, NvmeStatus.Success);
        other.Record(second, CommandClass.Read, 0, 20 * Microsecond, NvmeStatus.ReservationConflict | NvmeStatus.DoNotRetry);

        for (var pass = 0; pass < 2; pass++)
        {
            var (namespaces, hosts) = book.Read();
            (namespaces[first.Uuid].Commands(CommandClass.Read), namespaces[first.Uuid].Bytes(CommandClass.Read)).ShouldBe((1, 4096));
            (namespaces[first.Uuid].Commands(CommandClass.Write), namespaces[first.Uuid].Bytes(CommandClass.Write)).ShouldBe((1, 512));
            (namespaces[second.Uuid].Commands(CommandClass.Read), namespaces[second.Uuid].Bytes(CommandClass.Read)).ShouldBe((2, 8192));
            namespaces[second.Uuid].Errors.ShouldBe(new Dictionary<ushort, long> { [NvmeStatus.ReservationConflict] = 1 });
            (hosts[Host].Commands(CommandClass.Read), hosts[Host].Bytes(CommandClass.Read)).ShouldBe((2, 12288));
            hosts[Host].Errors.ShouldBeEmpty();
            hosts[OtherHost].Errors.ShouldBe(new Dictionary<ushort, long> { [NvmeStatus.ReservationConflict] = 1 });
            book.Close(closed);
        }
    }

    [Fact]
    public void A_namespace_that_takes_the_number_of_a_deleted_one_begins_at_nought_and_the_host_keeps_its_sum()
    {
        var book = new StatisticsBook();
        var connection = book.Open(Host);
        var former = NewNamespace(1);
        connection.Record(former, CommandClass.Read, 512, Microsecond, NvmeStatus.Success);
        former.IsDeleted = true;
        book.ForgetNamespace(former.Uuid);
        var latter = NewNamespace(1);
        connection.Record(latter, CommandClass.Read, 1024, Microsecond, NvmeStatus.Success);

        foreach (var close in new Action[] { () => { }, () => book.Close(connection) })
        {
            close();
            var (namespaces, hosts) = book.Read();
            namespaces.Keys.ShouldBe([latter.Uuid]);
            namespaces[latter.Uuid].Bytes(CommandClass.Read).ShouldBe(1024);
            hosts[Host].Bytes(CommandClass.Read).ShouldBe(1536);
        }
    }

    [Fact]
    public void Hosts_that_have_gone_do_not_fill_the_memory_and_one_that_comes_back_in_time_goes_on()
    {
        var book = new StatisticsBook();
        var one = NewNamespace(1);
        for (var i = 0; i < StatisticsBook.MostGoneHosts + 10; i++)
        {
            Use($"nqn.2026-01.org.migrate:host-{i}");
            Use("nqn.2026-01.org.migrate:faithful");
        }

        var (namespaces, hosts) = book.Read();
        hosts.Count.ShouldBe(StatisticsBook.MostGoneHosts);
        hosts["nqn.2026-01.org.migrate:faithful"].Commands(CommandClass.Flush).ShouldBe(StatisticsBook.MostGoneHosts + 10);
        hosts.ContainsKey("nqn.2026-01.org.migrate:host-0").ShouldBeFalse();
        namespaces[one.Uuid].Commands(CommandClass.Flush).ShouldBe(2 * (StatisticsBook.MostGoneHosts + 10));

        void Use(string host)
        {
            var connection = book.Open(host);
            connection.Record(one, CommandClass.Flush, 0, Microsecond, NvmeStatus.Success);
            book.Close(connection);
        }
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        var connection = new StatisticsBook().Open(Host);
        var one = NewNamespace(7);
        Record(); // the first command of a namespace takes memory for all that follow

        var before = GC.GetAllocatedBytesForCurrentThread();
        Record();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Record()
        {
            for (var i = 0; i < 10_000; i++)
            {
                connection.Record(one, CommandClass.Read, 4096, i * Microsecond, NvmeStatus.Success);
            }
        }
    }

    [Fact]
    public void Reading_while_a_connection_records_never_goes_back_and_ends_exact()
    {
        const int commands = 200_000;
        var book = new StatisticsBook();
        var one = NewNamespace(1);
        var connection = book.Open(Host);
        var recording = Task.Run(() =>
        {
            for (var i = 0; i < commands; i++)
            {
                connection.Record(one, CommandClass.Write, 512, i, NvmeStatus.Success);
            }
        }, TestContext.Current.CancellationToken);
        long last = 0;
        while (!recording.IsCompleted)
        {
            var now = book.Read().Namespaces.GetValueOrDefault(one.Uuid)?.Commands(CommandClass.Write) ?? 0;
            now.ShouldBeGreaterThanOrEqualTo(last);
            last = now;
        }

        var totals = book.Read().Namespaces[one.Uuid];
        (totals.Commands(CommandClass.Write), totals.Bytes(CommandClass.Write)).ShouldBe((commands, commands * 512L));
        totals.Time(CommandClass.Write).ShouldBe(Stopwatch.GetElapsedTime(0, commands * (commands - 1L) / 2));
    }

    private static Namespace NewNamespace(uint nsid) => new(Guid.NewGuid(), nsid, 1 << 20, 512, new BackingPlace("/nowhere", null));
}
