using Migrate.Executor.Probes;
using Migrate.Executor.Targets;
using Migrate.Planner.Concerns;
using VmSpace = Migrate.Executor.Probes.TargetSpaceProbe.VmSpace;

namespace Migrate.Executor.Tests.Probes;

public sealed class TargetSpaceTests
{
    private const long Gib = 1L << 30;

    [Theory]
    [InlineData(100, 0, 0, null)]
    [InlineData(90, 0, 1, ConcernSeverity.Warning)]
    [InlineData(60, 0, 0, ConcernSeverity.Warning)]
    [InlineData(45, 0, 0, ConcernSeverity.Warning)]
    [InlineData(20, 0, 0, ConcernSeverity.Warning)]
    [InlineData(20, 1, 0, ConcernSeverity.Critical)]
    [InlineData(19, 0, 0, ConcernSeverity.Critical)]
    public void Space_is_judged_by_what_disks_hold_and_warned_of_by_what_they_may_grow_to(long freeGib, long othersGib, long promisedGib, ConcernSeverity? severity)
    {
        var space = new TargetSpace("/srv/target", freeGib * Gib, othersGib * Gib, promisedGib * Gib);

        var found = TargetSpaceProbe.Judge([new VmSpace(10 * Gib, 40 * Gib), new VmSpace(10 * Gib, 50 * Gib)], space);

        found.Select(x => (ConcernSeverity?)x.Concern.Severity).ShouldBe(severity is null ? [] : [severity]);
        found.ShouldAllBe(x => x.Concern.Assessment.Contains($"{freeGib << 10} MiB free") && (othersGib == 0 || x.Concern.Assessment.Contains($"{othersGib << 10} MiB.")));
    }
}
