using Migrate.Vim25;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>Waits until a task of the source has ended.</summary>
internal sealed class TaskWait(VSphereSession session, TimeSpan poll)
{
    private readonly PropertyReader _reader = new(session);

    /// <summary>The task's result. Cancelled or over its limit, the task itself goes on at the source.</summary>
    /// <exception cref="VSphereFault">The task's own error.</exception>
    /// <exception cref="MigrateException">source.task-lost, source.task-timeout.</exception>
    public async Task<object?> ForAsync(ManagedObjectReference task, string what, TimeSpan limit, CancellationToken cancellationToken)
    {
        var started = session.Time.GetTimestamp();
        while (true)
        {
            var now = await _reader.ReadOneAsync(task, ["info.state", "info.error", "info.result"], cancellationToken);
            switch (now?.Text("info.state"))
            {
                case TaskInfoState.Success:
                    return now.Get<object>("info.result");
                case TaskInfoState.Error:
                    throw VSphereFault.Of(now.Get<LocalizedMethodFault>("info.error"), session.Endpoint.Url.Host, what);
                case null:
                    throw new MigrateException("source.task-lost", $"{what} was started, and its task can no longer be found.",
                        "Look at the VM's recent tasks at the source, then try again.")
                    { IsTransient = true };
            }

            if (session.Time.GetElapsedTime(started) > limit)
            {
                throw new MigrateException("source.task-timeout", $"{what} is still going on at the source after {limit.TotalMinutes:0} minutes.",
                    "It goes on there. Look at the load of the datastore, wait for the task to end, then try again.")
                { IsTransient = true };
            }

            await Task.Delay(poll, session.Time, cancellationToken);
        }
    }
}
