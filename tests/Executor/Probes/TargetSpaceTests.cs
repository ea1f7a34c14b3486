using Migrate.Executor.Probes;
using Migrate.Planner.Concerns;
using VmSpace = Migrate.Executor.Probes.TargetSpaceProbe.VmSpace;

namespace Migrate.Executor.Tests.Probes;

public sealed class TargetSpaceTests
{
    private const long Gib = 1L << 30;

    [Theory]
    [InlineData(100, null, null)]
    [InlineData(60, ConcernSeverity.Warning, null)]
    [InlineData(45, ConcernSeverity.Critical, "b")]
    [InlineData(15, ConcernSeverity.Critical, null)]
    public void Space_is_judged_by_what_disks_hold_and_may_grow_to(long freeGib, ConcernSeverity? severity, string? vm)
    {
        var found = TargetSpaceProbe.Judge([new VmSpace("a", 10 * Gib, 40 * Gib), new VmSpace("b", 10 * Gib, 50 * Gib)], freeGib * Gib, "/srv/target");

        found.Select(x => (ConcernSeverity?)x.Concern.Severity).ShouldBe(severity is null ? [] : [severity]);
        found.Select(x => x.VmKey).ShouldBe(severity is null ? [] : [vm]);
    }
}
