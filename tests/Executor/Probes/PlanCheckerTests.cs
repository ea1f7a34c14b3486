using Migrate.Executor.Probes;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;

namespace Migrate.Executor.Tests.Probes;

public sealed class PlanCheckerTests
{
    private static readonly ProbeContext Context = new(
        new SourceInventory { About = new SourceAbout("vCenter", "VirtualCenter", "8.0", "u"), TakenAt = DateTime.UnixEpoch }, [], Session: null);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_probe_that_cannot_be_carried_out_is_found_by_its_own_name_and_the_others_keep_what_they_found()
    {
        var (tried, findings) = await PlanChecker.RunAsync(
            [
                new Probe(ProbeDescriptions.HostName, () => new ProbeResult(3, [new ProbeFinding("vm-1", ProbeDescriptions.HostName.Find(ConcernSeverity.Warning, "esx01", "unknown", "enter it"))])),
                new Probe(ProbeDescriptions.TargetSpace, () => throw new MigrateException("target.unreachable", "The target does not answer.", "Start it.")),
                new Probe(ProbeDescriptions.HostPort, () => throw new IOException("too many open files")),
            ],
            Context, Cancel);

        tried.ShouldBe(5);
        findings.Select(x => (x.VmKey, x.Concern.Id, x.Concern.Severity)).ShouldBe(
            [("vm-1", "probe.host-name", ConcernSeverity.Warning), (null, "probe.target-space", ConcernSeverity.Critical), (null, "probe.host-port", ConcernSeverity.Critical)]);
        findings[1].Concern.Assessment.ShouldContain("The target does not answer.");
        findings[1].Concern.Remedy.ShouldBe("Start it.");
        findings[2].Concern.Assessment.ShouldContain("too many open files");
    }

    [Fact]
    public async Task Without_a_login_what_needs_none_is_tried_all_the_same()
    {
        var (tried, findings) = await PlanChecker.RunAsync(
            [
                new Probe(ProbeDescriptions.TargetSpace, () => new ProbeResult(1, [])),
                new Probe(ProbeDescriptions.DiskRead, () => throw new InvalidOperationException("must not be asked")) { NeedsSource = true },
            ],
            Context, Cancel);

        (tried, findings.Count).ShouldBe((1, 0));
    }

    [Fact]
    public async Task Cancelling_is_no_finding()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => PlanChecker.RunAsync(
            [new Probe(ProbeDescriptions.TargetSpace, () => throw new OperationCanceledException(stop.Token))], Context, stop.Token));
    }

    private sealed class Probe(ProbeDescription description, Func<ProbeResult> run) : IConcernProbe
    {
        public ProbeDescription Description => description;

        public bool NeedsSource { get; init; }

        public Task<ProbeResult> RunAsync(ProbeContext context, CancellationToken cancellationToken) => Task.Run(run, CancellationToken.None);
    }
}
