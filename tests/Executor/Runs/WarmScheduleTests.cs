using Migrate.Executor.Rehearsals;
using Migrate.Executor.Runs.Warm;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Tests.Runs;

/// <summary>What a run that is Ready does next. Minutes from an arbitrary now.</summary>
public sealed class WarmScheduleTests
{
    private static readonly DateTime Now = new(2026, 3, 1, 2, 0, 0, DateTimeKind.Utc);

    [Theory]
    // Waits for a word, with and without passes meanwhile.
    [InlineData(15, true, false, null, null, -5, RunPhase.Ready, 10)]
    [InlineData(15, true, false, null, null, -15, RunPhase.Syncing, 0)]
    [InlineData(0, true, false, null, null, -500, RunPhase.Ready, null)]
    [InlineData(15, false, false, null, null, -500, RunPhase.Ready, null)]
    // An operator's word, at once or for later: the passes go on until then.
    [InlineData(15, true, false, null, 0, -5, RunPhase.CuttingOver, 0)]
    [InlineData(15, true, false, null, 5, -5, RunPhase.Ready, 5)]
    [InlineData(15, true, false, null, 60, -5, RunPhase.Ready, 10)]
    [InlineData(0, true, false, null, 60, -5, RunPhase.Ready, 60)]
    // By itself, in the plan's window.
    [InlineData(15, true, true, null, null, -5, RunPhase.CuttingOver, 0)]
    [InlineData(15, true, true, -30, null, -5, RunPhase.CuttingOver, 0)]
    [InlineData(15, true, true, 30, null, -5, RunPhase.Ready, 10)]
    [InlineData(15, true, true, 3, null, -5, RunPhase.Ready, 3)]
    // A window alone is no word, and a word counts before the window.
    [InlineData(0, true, false, -30, null, -5, RunPhase.Ready, null)]
    [InlineData(0, true, true, 30, 0, -5, RunPhase.CuttingOver, 0)]
    public void It_makes_passes_until_its_window_or_a_word(
        int intervalMinutes, bool keep, bool byItself, int? window, int? word, int lastPass, RunPhase phase, int? minutes)
    {
        var run = new Run { VmKey = "vm-1", VmName = "web01", Phase = RunPhase.Ready, CutOverAt = word is { } w ? Now.AddMinutes(w) : null };
        var policy = new WarmPolicy
        {
            PassIntervalSeconds = intervalMinutes * 60,
            KeepInSync = keep,
            CutOverWhenReady = byItself,
            CutOverNotBefore = window is { } at ? Now.AddMinutes(at) : null,
        };

        WarmSchedule.Next(run, policy, Now.AddMinutes(lastPass), Now).ShouldBe((phase, minutes is { } m ? Now.AddMinutes(m) : null));
    }

    [Theory]
    [InlineData(null, false, RunPhase.Ready)]
    [InlineData(RehearsalState.Failed, false, RunPhase.Ready)]
    [InlineData(RehearsalState.Inconclusive, false, RunPhase.Ready)]
    [InlineData(RehearsalState.Works, false, RunPhase.CuttingOver)]
    [InlineData(RehearsalState.Failed, true, RunPhase.CuttingOver)]
    public void Only_a_rehearsal_that_works_or_a_word_lets_a_run_cut_over_whose_plan_wants_one(RehearsalState? rehearsed, bool word, RunPhase phase)
    {
        var record = rehearsed is { } state ? new RehearsalRecord { State = state, StartedAt = Now, Domain = "web01-rehearsal", Directory = "/d", Console = "/c" }.Write() : null;
        var run = new Run { VmKey = "vm-1", VmName = "web01", Phase = RunPhase.Ready, Rehearsal = record, CutOverAt = word ? Now : null };

        WarmSchedule.Next(run, new WarmPolicy { PassIntervalSeconds = 0, CutOverWhenReady = true, Rehearse = true }, Now, Now).Phase.ShouldBe(phase);
    }
}
