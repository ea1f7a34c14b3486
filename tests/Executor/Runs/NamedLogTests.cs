using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Who reads the log of a process that works on many runs finds one plan's, wave's, VM's or disk's entries by their names.</summary>
[UsesDatabase]
public sealed class NamedLogTests
{
    [Theory]
    [InlineData(MigrationMode.Warm)]
    [InlineData(MigrationMode.Cold)]
    public async Task What_is_logged_of_a_copy_bears_the_names_of_plan_wave_VM_and_disk(MigrationMode mode)
    {
        await using var site = await WarmSite.OpenAsync(new WarmPolicy { AllowedDowntimeSeconds = 3600 }, mode: mode);
        await site.StepUntilAsync(mode == MigrationMode.Warm ? RunPhase.Ready : RunPhase.CuttingOver);
        var run = await site.RunAsync();

        var ofRun = site.Log.Entries.Where(x => x.Names.TryGetValue("run", out var id) && id.Equals(run.Id)).ToList();

        ofRun.ShouldNotBeEmpty();
        ofRun.ShouldAllBe(x => x.Names["plan"].Equals(run.PlanId) && x.Names["wave"].Equals(1) && x.Names["vm"].Equals("vm"));
        var labels = ofRun.Where(x => x.Names.ContainsKey("disk")).Select(x => x.Names["disk"]).Distinct().ToList();
        labels.ShouldBe(["Hard disk 1", "Hard disk 2"], ignoreOrder: true);
        ofRun.Where(x => x.Names.ContainsKey("disk")).ShouldAllBe(x => x.Names["namespace"] is Guid);
    }
}
