using Migrate.Executor.Validation.Latency;

namespace Migrate.Executor.Tests.Validation.Latency;

public sealed class HolmTests
{
    /// <summary>0.005 ≤ 0.05/4, 0.01 ≤ 0.05/3, but 0.03 > 0.05/2: the rest does not stand, though 0.03 and 0.04 would alone.</summary>
    [Fact]
    public void Of_several_findings_those_stand_that_stand_together() =>
        Holm.Find([0.01, 0.04, 0.03, 0.005], 0.05).ShouldBe([true, false, false, true]);

    [Fact]
    public void None_of_none_stands() => Holm.Find([], 0.05).ShouldBeEmpty();
}
