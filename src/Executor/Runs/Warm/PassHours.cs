using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs.Steps;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.Warm;

/// <summary>
/// Limits by the hour and snapshots: one that waits for the evening grows all day. A pass begins only at hours at which it may read, and in which
/// it comes to its end; one that is overtaken by closed hours is given up. The last pass is made whatever the hour, since a service is down for it.
/// </summary>
public sealed class PassHours(CopyThrottles throttles, RunDestination destination, CopyOrigins origins, TimeProvider time)
{
    private const string Code = "copy.hours-closed";
    internal const string Remedy = "Allow longer hours or a higher rate ('migrate limit set'), or cut over: the last pass is made whatever the hour.";
    private const int OvertakenOften = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static bool IsMeant(MigrateException exception) => exception.Code == Code;

    /// <summary>Throws <c>copy.hours-closed</c> when a pass should not begin now.</summary>
    public async Task MustAllowAsync(RunWork work, CancellationToken cancellationToken)
    {
        var took = await work.LastPassTookAsync(cancellationToken);
        if (took is { } needed && throttles.LongestOpen(await UsesAsync(work, cancellationToken)) is { } open && needed > open)
        {
            throw new MigrateException(
                Code, $"A pass of '{work.Run.VmName}' takes {needed.TotalMinutes:0.#} minutes, and the hours of its limits are never open for more than {open.TotalMinutes:0.#}: no pass fits into them.", Remedy)
            { IsTransient = true };
        }

        var (isOpen, changesAt) = await HoursAsync(work, cancellationToken);
        if (!isOpen)
        {
            throw Closed($"At this hour nothing may be copied of '{work.Run.VmName}'");
        }

        if (changesAt is { } closes && took is { } lasts && Now + lasts > closes)
        {
            throw Closed($"A pass of '{work.Run.VmName}' takes {lasts.TotalSeconds:0} s, and from {closes:u} on nothing may be copied");
        }
    }

    /// <summary>The run stays in its phase and is due again when the hours allow it.</summary>
    public async Task<RunPhase> WaitAsync(RunWork work, MigrateException exception, CancellationToken cancellationToken)
    {
        var (isOpen, changesAt) = await HoursAsync(work, cancellationToken);
        var opens = isOpen ? changesAt + Patience : changesAt; // Open still, and about to close: then it is looked at again.
        var due = opens > Now + Patience ? opens.Value : Now + Patience;
        var overtaken = await work.PassesOvertakenAsync(cancellationToken);
        var why = exception.Remedy == Remedy ? $"{exception.Message} {Remedy}"
            : overtaken >= OvertakenOften ? $"{exception.Message} {overtaken} passes in a row were overtaken by closed hours: they seem too short for one. {Remedy}"
            : null;
        await work.LogAsync(
            why is null ? RunLog.Info : RunLog.Warning, $"{why ?? exception.Message} The VM has no snapshot meanwhile; the run is due again at {due:u}.", cancellationToken);
        work.Next = Due.Later(due);
        return work.Run.Phase;
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private async Task<(bool IsOpen, DateTime? ChangesAt)> HoursAsync(RunWork work, CancellationToken cancellationToken) =>
        throttles.HoursOf(await UsesAsync(work, cancellationToken));

    private async Task<IEnumerable<ThrottleKey>> UsesAsync(RunWork work, CancellationToken cancellationToken)
    {
        var target = await destination.AddressAsync(cancellationToken);
        var origin = await origins.OfAsync(work.Source, work.Run.VmKey, cancellationToken);
        return work.PlannedDisks.SelectMany(x => CopyUses.Of(origin, x, target));
    }

    private static MigrateException Closed(string what) =>
        new(Code, $"{what}.", "It goes on when the hours of its limits allow it; or change the limits.") { IsTransient = true };
}
