using System.Globalization;
using Quartz;

namespace Migrate.Executor.Jobs.Quartz;

/// <summary>The one job class. Its name is stored in jobs.db: renaming it makes waiting jobs unloadable.</summary>
internal sealed class RunStepJob(IRunStepper stepper) : IJob
{
    public const string RunIdKey = "runId";

    public static readonly JobKey Key = new("run-step");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var runId = Guid.Parse((string)context.MergedJobDataMap[RunIdKey]!, CultureInfo.InvariantCulture);
        await stepper.StepAsync(runId, cancellationToken);
    }
}
