using System.Text.Json;
using Migrate.Executor.Domains;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Identity;
using Migrate.Executor.Validation.Latency;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Trust;

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
        Observed = [Observed(200)],
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
        verdict.Latencies[0].Before.MeanUs!.Value.ShouldBe(200, 1);
        verdict.Latencies[0].After.MeanUs!.Value.ShouldBe(200, 1);
        verdict.Latencies[0].P50!.UpToUs.ShouldBe(200);
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

    [Theory]
    [InlineData("all is sound", true)]
    [InlineData("simulated", false)]
    [InlineData("emulated", false)]
    [InlineData("no baseline", false)]
    [InlineData("short baseline", false)]
    [InlineData("another disk's baseline", false)]
    public void Only_where_there_is_something_to_compare_with_it_is_worth_to_observe_for_long(string how, bool worth)
    {
        var basis = how switch
        {
            "simulated" => Sound with { SourceIsSimulated = true },
            "emulated" => Sound with { DomainType = "qemu" },
            "no baseline" => Sound with { Baseline = null },
            "short baseline" => Sound with { Baseline = BaselineOf(200, samples: 49) },
            _ => Sound,
        };
        var disk = how == "another disk's baseline" ? 2001 : 2000;

        LaterLook.MayDecide(basis with { Observed = [] }, [new DomainDisk(disk, "Hard disk 1", "sda", "scsi0-0-0-0")]).ShouldBe(worth);
    }

    [Fact]
    public void What_has_failed_by_anything_else_is_not_observed_further()
    {
        var open = Sound with { Observed = [Observed(200, intervals: 49)] };
        var state = new ObservationState { At = Now, Disks = [] };
        LaterLook.MayDecide(VerdictJudge.Judge(open, Now), state).ShouldBeTrue();
        LaterLook.MayDecide(VerdictJudge.Judge(open with { Console = new ConsoleFinding("UP", false, null, 300, "Kernel panic") }, Now), state).ShouldBeFalse();
    }

    public static TheoryData<string, string> Obstacles => new()
    {
        { "simulated", "simulator" },
        { "emulated", "without KVM" },
        { "no baseline", "no baseline" },
        { "low trust", "12 commands were aborted (aborted-commands: Look at the array)" },
        { "nothing observed", "was not measured" },
        { "restarted", "the domain was restarted" },
        { "few after", "49 intervals with 5 IOPS or more after" },
        { "few before", "49 intervals with 5 IOPS or more before" },
        { "no counts", "0 intervals with 5 IOPS or more before" },
        { "other load", "lie in hours and loads" },
    };

    [Theory, MemberData(nameof(Obstacles))]
    public void Whatever_forbids_a_comparison_is_told_and_leaves_it_open(string obstacle, string reason)
    {
        var evidence = obstacle switch
        {
            "simulated" => Sound with { SourceIsSimulated = true },
            "emulated" => Sound with { DomainType = "qemu" },
            "no baseline" => Sound with { Baseline = null },
            "low trust" => Sound with { Baseline = BaselineOf(200) with { Trust = new(TrustLevel.Low, [new(TrustCode.AbortedCommands, TrustLevel.Low, "12 commands were aborted.", "Look at the array.")]) } },
            "nothing observed" => Sound with { Observed = [] },
            "restarted" => Sound with { Observed = [Observed(200, refusal: "the domain was restarted")] },
            "few after" => Sound with { Observed = [Observed(200, intervals: 49)] },
            "few before" => Sound with { Baseline = BaselineOf(200, samples: 49) },
            "no counts" => Sound with { Baseline = BaselineOf(200, iops: null) },
            _ => Sound with { Baseline = BaselineOf(200, iops: 5000) },
        };
        var verdict = VerdictJudge.Judge(evidence, Now);
        verdict.Outcome.ShouldBe(Outcome.Inconclusive);
        var latency = Of(verdict, Aspect.Latency);
        latency.Outcome.ShouldBe(Outcome.Inconclusive);
        latency.Reasons.ShouldContain(r => r.Contains(reason));
        verdict.Latencies.SelectMany(x => x.Figures).ShouldAllBe(x => x.Outcome == Outcome.Inconclusive, "nothing is claimed of what decides nothing");
    }

    [Fact]
    public void Every_obstacle_is_told_once_for_all_disks()
    {
        var verdict = VerdictJudge.Judge(Sound with { SourceIsSimulated = true, DomainType = "qemu" }, Now);
        var reasons = Of(verdict, Aspect.Latency).Reasons;
        reasons.Count(r => r.Contains("simulator")).ShouldBe(1);
        reasons.Count(r => r.Contains("without KVM")).ShouldBe(1);
    }

    [Fact]
    public void What_is_wrong_with_another_disk_s_baseline_forbids_nothing_here()
    {
        BaselineTrust Trust(int disk) => new(TrustLevel.Low, [new(TrustCode.AbortedCommands, TrustLevel.Low, "12 commands were aborted.", "", disk)]);
        Of(VerdictJudge.Judge(Sound with { Baseline = BaselineOf(200) with { Trust = Trust(2001) } }, Now), Aspect.Latency).Outcome.ShouldBe(Outcome.Pass);
        Of(VerdictJudge.Judge(Sound with { Baseline = BaselineOf(200) with { Trust = Trust(2000) } }, Now), Aspect.Latency).Outcome.ShouldBe(Outcome.Inconclusive);
    }

    [Fact]
    public void Other_machines_are_told_and_no_obstacle()
    {
        var moved = VerdictJudge.Judge(Sound with { DestinationMachine = "kvm01" }, Now);
        Of(moved, Aspect.Latency).Outcome.ShouldBe(Outcome.Pass);
        Of(moved, Aspect.Latency).Reasons.ShouldContain("condition: the machine was EPYC 7543 + array A before and is kvm01 now");
        Of(VerdictJudge.Judge(Sound with { SourceMachine = null }, Now), Aspect.Latency).Reasons.ShouldContain(r => r.Contains("not known which machines"));
    }

    [Theory]
    [InlineData(80, 95, Outcome.Pass)]
    [InlineData(200, 800, Outcome.Fail)]
    public void Means_are_judged_by_the_margin(double before, double after, Outcome outcome) =>
        Of(VerdictJudge.Judge(Sound with { Baseline = BaselineOf(before), Observed = [Observed(after)] }, Now), Aspect.Latency).Outcome.ShouldBe(outcome);

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

    /// <summary>Half a day of intervals at 100 IOPS of 4 KiB, their means spread around the mean that is asked for.</summary>
    private static Baseline BaselineOf(double meanUs, int samples = 2160, double? iops = 100) => new()
    {
        VmKey = "vm-1",
        CollectedAt = Now,
        Disks =
        [
            new DiskBaseline
            {
                DiskKey = 2000,
                Instance = "scsi0:0",
                Samples = [.. Enumerable.Range(0, samples).Select(i => Interval(Now.AddDays(-7).AddSeconds(20 * i), iops, meanUs * Spread(i)))],
            },
        ],
    };

    private static BaselineSample Interval(DateTime at, double? iops, double latencyUs) =>
        new(at, iops, iops, latencyUs, latencyUs, iops * 4096, iops * 4096, 1, 1);

    /// <summary>The same hours at 100 IOPS of 4 KiB; every I/O of an interval in the bin that holds its mean.</summary>
    private static ObservedLatency Observed(double meanUs, int intervals = 2160, string? refusal = null)
    {
        var limits = HistogramGrid.LimitsUs;
        long[] Counts(double us) => [.. Enumerable.Range(0, limits.Count + 1).Select(bin => us <= (bin < limits.Count ? limits[bin] : double.MaxValue) && (bin == 0 || us > limits[bin - 1]) ? 2000L : 0)];
        List<LatencyInterval> seen = [.. Enumerable.Range(0, intervals).Select(i => (At: Now.AddSeconds(20 * i), Us: meanUs * Spread(i + 7))).Select(x => new LatencyInterval(x.At, 20, 2000, 2000 * 4096, x.Us, Counts(x.Us)))];
        var evidence = new LatencyEvidence
        {
            Intervals = seen,
            ObservedSeconds = seen.Count * 20,
            LimitsUs = limits,
            Counts = [.. Enumerable.Range(0, limits.Count + 1).Select(bin => seen.Sum(x => x.Counts![bin]))],
            Origin = "QEMU",
            Refusals = refusal is null ? [] : [refusal],
        };
        return new ObservedLatency(2000, "Hard disk 1", evidence, evidence);
    }

    private static double Spread(int i) => 0.94 + (0.02 * (i * 37 % 7));
}
