using System.Text.Json;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Identity;
using Migrate.Planner.Baselines;

namespace Migrate.Executor.Tests.Validation;

public sealed class VerdictJudgeTests
{
    private static readonly DateTime Now = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>Everything proven: same machine, real source, KVM, same load, 200 µs before and after.</summary>
    private static Evidence Sound { get; } = new()
    {
        VmName = "web01",
        Disks = [new DiskProof(2000, "Hard disk 1", "ab12", "AB12")],
        Console = new ConsoleFinding("UP", true, "UP web01", 12.5, ""),
        Identity = new IdentityFinding { State = IdentityState.Equal, After = new GuestIdentity { ToldBy = "agent", At = Now, Interfaces = [] } },
        Baseline = BaselineOf(200),
        Measurements = [Measured(200)],
        DomainType = "kvm",
        SourceMachine = "EPYC 7543 + array A",
        DestinationMachine = "EPYC 7543 + array A",
    };

    [Fact]
    public void What_is_proven_in_every_aspect_passes()
    {
        var verdict = VerdictJudge.Judge(Sound, Now);
        verdict.Outcome.ShouldBe(Outcome.Pass);
        verdict.Aspects.Select(a => (a.Aspect, a.Outcome)).ShouldBe([(Aspect.Data, Outcome.Pass), (Aspect.Boot, Outcome.Pass), (Aspect.Identity, Outcome.Pass), (Aspect.Latency, Outcome.Pass)]);
        verdict.Latencies.Count.ShouldBe(2);
        verdict.Latencies[0].BeforeMeanUs!.Value.ShouldBe(200, 1);
        verdict.Latencies[0].AfterMeanUs.ShouldBe(200);
        verdict.Latencies[0].P50!.UpToUs.ShouldBe(500);
    }

    [Fact]
    public void A_hash_that_differs_fails_whatever_else_is_open()
    {
        var verdict = VerdictJudge.Judge(Sound with { Disks = [new DiskProof(2000, "Hard disk 1", "ab12", "ab13")], SourceIsSimulated = true }, Now);
        verdict.Outcome.ShouldBe(Outcome.Fail);
        Of(verdict, Aspect.Data).Reasons.ShouldHaveSingleItem().ShouldContain("ab13");
    }

    [Fact]
    public void A_hash_that_is_missing_leaves_the_data_open() =>
        Of(VerdictJudge.Judge(Sound with { Disks = [new DiskProof(2000, "Hard disk 1", "ab12", null)] }, Now), Aspect.Data).Outcome.ShouldBe(Outcome.Inconclusive);

    [Fact]
    public void A_guest_that_did_not_come_up_fails_with_the_end_of_its_console()
    {
        var boot = Of(VerdictJudge.Judge(Sound with { Console = new ConsoleFinding("UP", false, null, 300, "Kernel panic") }, Now), Aspect.Boot);
        boot.Outcome.ShouldBe(Outcome.Fail);
        boot.Reasons.ShouldHaveSingleItem().ShouldContain("Kernel panic");
    }

    [Fact]
    public void A_guest_that_nobody_watched_is_not_said_to_have_booted() =>
        Of(VerdictJudge.Judge(Sound with { Console = null }, Now), Aspect.Boot).Outcome.ShouldBe(Outcome.Inconclusive);

    [Fact]
    public void A_guest_whose_addresses_nobody_compared_is_not_said_to_have_them()
    {
        var verdict = VerdictJudge.Judge(Sound with { Identity = null }, Now);
        (Of(verdict, Aspect.Identity).Outcome, verdict.Outcome).ShouldBe((Outcome.Inconclusive, Outcome.Inconclusive));
    }

    public static TheoryData<string, string> Obstacles => new()
    {
        { "simulated", "simulator" },
        { "emulated", "without KVM" },
        { "other machine", "different machines" },
        { "unknown machine", "not known whether" },
        { "no baseline", "no baseline" },
        { "few I/Os", "999 I/Os were observed" },
        { "few samples", "49 intervals" },
        { "no counts", "0 intervals" },
        { "other load", "the load is different" },
    };

    [Theory, MemberData(nameof(Obstacles))]
    public void Whatever_forbids_a_comparison_is_told_and_leaves_it_open(string obstacle, string reason)
    {
        var evidence = obstacle switch
        {
            "simulated" => Sound with { SourceIsSimulated = true },
            "emulated" => Sound with { DomainType = "qemu" },
            "other machine" => Sound with { DestinationMachine = "kvm01" },
            "unknown machine" => Sound with { SourceMachine = null },
            "no baseline" => Sound with { Baseline = null },
            "few I/Os" => Sound with { Measurements = [Measured(200, operations: 999)] },
            "few samples" => Sound with { Baseline = BaselineOf(200, samples: 49) },
            "no counts" => Sound with { Baseline = BaselineOf(200, iops: null) },
            _ => Sound with { Baseline = BaselineOf(200, iops: 5000) },
        };
        var verdict = VerdictJudge.Judge(evidence, Now);
        verdict.Outcome.ShouldBe(Outcome.Inconclusive);
        var latency = Of(verdict, Aspect.Latency);
        latency.Outcome.ShouldBe(Outcome.Inconclusive);
        latency.Reasons.ShouldContain(r => r.Contains(reason));
    }

    [Fact]
    public void Every_obstacle_is_told_not_only_the_first()
    {
        var verdict = VerdictJudge.Judge(Sound with { SourceIsSimulated = true, DomainType = "qemu", DestinationMachine = "kvm01" }, Now);
        Of(verdict, Aspect.Latency).Reasons.Count(r => r.Contains("simulator") || r.Contains("without KVM") || r.Contains("different machines")).ShouldBe(3);
    }

    [Theory]
    [InlineData(80, 95, Outcome.Pass)]
    [InlineData(200, 800, Outcome.Fail)]
    [InlineData(200, 270, Outcome.Inconclusive)]
    public void Means_are_judged_by_the_margin(double before, double after, Outcome outcome) =>
        Of(VerdictJudge.Judge(Sound with { Baseline = BaselineOf(before), Measurements = [Measured(after)] }, Now), Aspect.Latency).Outcome.ShouldBe(outcome);

    [Fact]
    public void A_verdict_survives_being_stored_as_JSON()
    {
        var verdict = VerdictJudge.Judge(Sound with { SourceIsSimulated = true }, Now);
        var json = JsonSerializer.Serialize(verdict, ValidationJson.Default.Verdict);
        json.ShouldContain("\"outcome\":\"Inconclusive\"");
        var back = JsonSerializer.Deserialize(json, ValidationJson.Default.Verdict)!;
        JsonSerializer.Serialize(back, ValidationJson.Default.Verdict).ShouldBe(json);
    }

    private static AspectVerdict Of(Verdict verdict, Aspect aspect) => verdict.Aspects.Single(a => a.Aspect == aspect);

    /// <summary>Intervals of 20 s at 100 IOPS of 4 KiB, their means spread a little around the mean that is asked for.</summary>
    private static Baseline BaselineOf(double meanUs, int samples = 180, double? iops = 100) => new()
    {
        VmKey = "vm-1",
        CollectedAt = Now,
        Disks =
        [
            new DiskBaseline
            {
                DiskKey = 2000,
                Instance = "scsi0:0",
                Samples =
                [
                    .. Enumerable.Range(0, samples).Select(i => Interval(Now.AddSeconds(20 * i), iops, meanUs * (i % 2 == 0 ? 0.97 : 1.03))),
                ],
            },
        ],
    };

    private static BaselineSample Interval(DateTime at, double? iops, double latencyUs) =>
        new(at, iops, iops, latencyUs, latencyUs, iops * 4096, iops * 4096, 1, 1);

    /// <summary>At 100 IOPS of 4 KiB; every I/O in the bin that holds the mean.</summary>
    private static LatencyMeasurement Measured(double meanUs, long operations = 6000)
    {
        long[] edges = [0, .. LatencyHistogram.LimitsUs];
        var bins = edges.Select((from, i) => (from, to: i + 1 < edges.Length ? edges[i + 1] : (long?)null))
            .Select(b => new LatencyBin(b.from, b.to, meanUs > b.from && (b.to is null || meanUs <= b.to) ? operations : 0)).ToList();
        var direction = new DirectionMeasurement { Operations = operations, Bytes = operations * 4096, TotalNanoseconds = (long)(meanUs * 1000 * operations), Bins = bins };
        return new LatencyMeasurement { DiskKey = 2000, Label = "Hard disk 1", ObservedSeconds = operations / 100.0, Read = direction, Write = direction };
    }
}
