using System.Globalization;
using System.Runtime.CompilerServices;
using Quartz;

namespace Migrate.Executor.Jobs.Quartz;

/// <summary>
/// One trigger per run, named by the run's id. KeepEarlier makes asking twice harmless, and a trigger whose firing has begun
/// does not count as waiting, so that a step may ask for its successor.
/// </summary>
internal sealed class QuartzJobEngine(ISchedulerFactory schedulers, TimeProvider time) : IJobEngine
{
    private const string Group = "runs";
    private const int PageSize = 500;

    public async Task ScheduleAsync(Guid runId, JobQueue queue, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var trigger = TriggerBuilder.Create(time)
            .WithIdentity(KeyOf(runId))
            .ForJob(RunStepJob.Key)
            .UsingJobData(RunStepJob.RunIdKey, runId.ToString("D"))
            .WithExecutionGroup(GroupOf(queue))
            .StartAt(at > now ? at : now)
            .WithSimpleSchedule(x => x.WithMisfireInstruction(SimpleTriggerMisfireInstruction.FireNow))
            .Build();
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        var result = await scheduler.ScheduleTrigger(trigger, TriggerConflict.KeepEarlier, cancellationToken);
        if (result.Outcome == ScheduleOutcome.Kept && await scheduler.GetTriggerState(KeyOf(runId), cancellationToken) == TriggerState.Error)
        {
            // It waits by its fire time and would never fire: a version that could not load the job left it so.
            await scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, cancellationToken);
        }
    }

    public async Task CancelAsync(Guid runId, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        await scheduler.UnscheduleJob(KeyOf(runId), cancellationToken);
    }

    public async IAsyncEnumerable<Guid> WaitingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        PagedResult<TriggerHeader> page;
        var skip = 0;
        do
        {
            page = await scheduler.QueryTriggers(
                new TriggerQuery { Group = GroupMatcher<TriggerKey>.GroupEquals(Group), Skip = skip, Take = PageSize }, cancellationToken);
            foreach (var trigger in page.Items.Where(IsWaiting))
            {
                yield return Guid.Parse(trigger.Key.Name, CultureInfo.InvariantCulture);
            }

            skip += PageSize;
        }
        while (page.HasMore);
    }

    internal static string GroupOf(JobQueue queue) => queue switch
    {
        JobQueue.Copy => "copy",
        JobQueue.Passes => "passes",
        JobQueue.Inventory => "inventory",
        _ => "control",
    };

    internal static TriggerKey KeyOf(Guid runId) => new(runId.ToString("D"), Group);

    private static bool IsWaiting(TriggerHeader trigger) => trigger.NextFireTimeUtc is not null && trigger.State != TriggerState.Error;
}
