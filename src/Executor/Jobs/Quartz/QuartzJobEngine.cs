using Quartz;

namespace Migrate.Executor.Jobs.Quartz;

/// <summary>
/// One trigger per run, named by the run's id. KeepEarlier makes asking twice harmless, and a trigger whose firing has begun
/// does not count as waiting, so that a step may ask for its successor.
/// </summary>
internal sealed class QuartzJobEngine(ISchedulerFactory schedulers, TimeProvider time) : IJobEngine
{
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
        await scheduler.ScheduleTrigger(trigger, TriggerConflict.KeepEarlier, cancellationToken);
    }

    public async Task CancelAsync(Guid runId, CancellationToken cancellationToken)
    {
        var scheduler = await schedulers.GetScheduler(cancellationToken);
        await scheduler.UnscheduleJob(KeyOf(runId), cancellationToken);
    }

    internal static string GroupOf(JobQueue queue) => queue == JobQueue.Copy ? "copy" : "control";

    internal static TriggerKey KeyOf(Guid runId) => new(runId.ToString("D"), "runs");
}
