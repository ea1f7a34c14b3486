using Hangfire;

namespace Migrate.Executor.Jobs.Hangfire;

/// <summary>
/// The one job class. Its name and its method's are stored with every job: renaming one makes waiting jobs unloadable. A step that threw
/// has written what happens next into our tables, so the engine neither tries it again nor keeps it: only the reconciler asks again.
/// </summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Delete)]
internal sealed class RunStepJob(IRunStepper stepper)
{
    public Task StepAsync(Guid runId, CancellationToken cancellationToken) => stepper.StepAsync(runId, cancellationToken);
}
