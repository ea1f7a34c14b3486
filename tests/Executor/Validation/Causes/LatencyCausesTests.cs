using System.Text.Json;
using System.Xml.Linq;
using Migrate.Executor.Domains;
using Migrate.Executor.Validation.Causes;

namespace Migrate.Executor.Tests.Validation.Causes;

/// <summary>What is named as a likely cause, and what is not.</summary>
public sealed class LatencyCausesTests
{
    private static readonly DateTime Start = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
    private static readonly DiskSetup Disk = new(2000, "Hard disk 1", "io_uring", 4) { Operations = 1000, ReadUs = 400, WriteUs = 800 };
    private static readonly StorageEvidence Fine = new() { Seconds = 60, VirtualCpus = 4, Disks = [Disk], IoThreads = [new("iothread1", 0.89)], Tcp = new(100_000, 99), CpuMicrosecondsPerIo = 20 };

    [Fact]
    public void Nothing_is_named_where_nothing_is_the_matter() => LatencyCauses.Suggest(Fine).ShouldBeEmpty();

    [Fact]
    public void An_IOThread_that_is_always_busy() => Named(
        Fine with { IoThreads = [new("iothread1", 0.2), new("iothread2", 0.95)] },
        "The IOThread iothread2 was busy for 95 % of the time: its disks share one processor. Give them more IOThreads.");

    [Fact]
    public void A_target_that_takes_most_of_the_time() => Named(
        With(x => x with { TargetReadUs = 199, TargetWriteUs = 600 }), "Hard disk 1: of 800 µs that a write took on average, the target took 600 (75 %): its storage is what is slow.");

    [Fact]
    public void Segments_that_are_sent_again()
    {
        Named(Fine with { Tcp = new(100_000, 250) }, "The host sent 250 of 100000 TCP segments again (0.25 %): look for loss on the way to the target.");
        LatencyCauses.Suggest(Fine with { Tcp = new(900, 20) }).ShouldBeEmpty("too few to say a share");
    }

    [Fact]
    public void One_queue_for_many_CPUs()
    {
        Named(With(x => x with { Queues = 1 }), "Hard disk 1: 4 virtual CPUs share one queue.");
        LatencyCauses.Suggest(With(x => x with { Queues = 1 }) with { VirtualCpus = 3 }).ShouldBeEmpty();
        LatencyCauses.Suggest(With(x => x with { Queues = null })).ShouldBeEmpty("what QEMU chooses is not known to be one");
    }

    [Fact]
    public void A_thread_pool_where_io_uring_would_do()
    {
        Named(With(x => x with { Aio = "threads", BetterAio = "io_uring" }), "Hard disk 1: its I/O goes through QEMU's thread pool (aio=threads), and io_uring could be used on this host.");
        LatencyCauses.Suggest(With(x => x with { Aio = "threads" })).ShouldBeEmpty("it is what there is");
    }

    [Fact]
    public void A_limit_of_iotune() => Named(With(x => x with { PercentOfLimit = 97 }), "Hard disk 1: iotune held it back, at 97 % of its limit.");

    [Fact]
    public void Discards_beside_the_IO()
    {
        Named(
            With(x => x with { Discards = 100, DiscardedBytes = 6_553_600 }),
            "Hard disk 1: beside 1000 reads and writes there were 100 discards of 6553600 bytes: the guest's TRIM, or zeroes that free space.");
        LatencyCauses.Suggest(With(x => x with { Discards = 99 })).ShouldBeEmpty();
    }

    [Fact]
    public void Figures_are_those_of_the_time_between_two_samples()
    {
        var begin = new StorageSample
        {
            At = Start,
            CpuSeconds = 5,
            IoThreads = [new("iothread1", 10, 3), new("iothread2", 11, 9)],
            Tcp = new(1000, 10),
            Target = [new(2000, 100, 1, 50, 2)],
        };
        var end = new StorageSample
        {
            At = Start.AddSeconds(100),
            CpuSeconds = 5.05,
            IoThreads = [new("iothread1", 10, 98), new("iothread2", 12, 1)],
            Tcp = new(3000, 16),
            Target = [new(2000, 300, 1.1, 50, 2)],
        };
        var seen = StorageEvidence.Between(begin, end, 8, [Disk], 12.5);
        (seen.Seconds, seen.VirtualCpus, seen.BootSeconds, seen.Tcp).ShouldBe((100, 8, 12.5, new TcpSegments(2000, 6)));
        seen.CpuMicrosecondsPerIo!.Value.ShouldBe(50, 1e-6);
        var thread = seen.IoThreads.ShouldHaveSingleItem("the other one is of another QEMU");
        (thread.Id, Math.Round(thread.Busy, 6)).ShouldBe(("iothread1", 0.95));
        seen.Disks[0].TargetReadUs!.Value.ShouldBe(500, 1e-6);
        seen.Disks[0].TargetWriteUs.ShouldBeNull("it wrote nothing");
        StorageEvidence.Between(end, begin with { At = Start.AddSeconds(200) }, 8, [Disk], null).ShouldSatisfyAllConditions(x => x.Tcp.ShouldBeNull(), x => x.CpuMicrosecondsPerIo.ShouldBeNull());
    }

    /// <summary>As Linux 6.1 and QEMU 7.2 say it.</summary>
    [Fact]
    public void The_kernels_and_QEMUs_words_are_read()
    {
        const string Texts = """
            4711 (IO (x) iothread1) S 1 4700 4700 0 -1 4194368 10 0 0 0 1200 350 0 0 20 0 8 0 5 0
            99 (other) S 1 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 8 0 5 0
            Ip: Forwarding DefaultTTL
            Ip: 1 64
            Tcp: RtoAlgorithm InSegs OutSegs RetransSegs InErrs
            Tcp: 1 700 800 9 0
            """;
        using var answer = JsonDocument.Parse("""[{"id":"iothread1","thread-id":4711,"poll-max-ns":32768},{"id":"iothread2","thread-id":4712}]""");
        var threads = StorageSampler.IoThreads(answer.RootElement);
        threads.ShouldBe([("iothread1", 4711), ("iothread2", 4712)]);
        StorageSampler.Times(threads, Texts).ShouldBe([new ThreadTime("iothread1", 4711, 15.5)]);
        StorageSampler.Segments(Texts).ShouldBe(new TcpSegments(800, 9));
        StorageSampler.Segments("cat: /proc/net/snmp: No such file").ShouldBeNull();
    }

    [Fact]
    public void A_definition_tells_aio_and_queues_of_disks_on_either_bus()
    {
        var domain = XElement.Parse("""
            <domain><vcpu>6</vcpu><devices>
              <controller type="scsi" index="1" model="virtio-scsi"><driver queues="3" iothread="2"/></controller>
              <controller type="pci" index="1"/>
              <disk><driver io="native"/><alias name="ua-disk-2000"/><address type="drive" controller="1"/></disk>
              <disk><driver io="io_uring" queues="5"/><alias name="ua-disk-2001"/></disk>
            </devices></domain>
            """);
        DesignSetup.VirtualCpus(domain).ShouldBe(6);
        DesignSetup.Disks(domain, [new DomainDisk(2000, "a", "sda", "ua-disk-2000"), new DomainDisk(2001, "b", "vda", "ua-disk-2001")])
            .ShouldBe([new DiskSetup(2000, "a", "native", 3), new DiskSetup(2001, "b", "io_uring", 5)]);
    }

    private static StorageEvidence With(Func<DiskSetup, DiskSetup> change) => Fine with { Disks = [change(Disk)] };

    private static void Named(StorageEvidence seen, string cause) => LatencyCauses.Suggest(seen).ShouldHaveSingleItem().ShouldBe(cause);
}
