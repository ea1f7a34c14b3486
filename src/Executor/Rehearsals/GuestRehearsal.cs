using System.Diagnostics;
using System.Globalization;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Target.Admin;

namespace Migrate.Executor.Rehearsals;

/// <summary>
/// Rehearses the cutover of a warm run while its source goes on: converts what the last pass copied on overlays, starts the guest from them without a network, and
/// throws them away. What may be left of it is in the run's row before it is begun.
/// </summary>
public sealed class GuestRehearsal(IRehearsalBench bench, ITargetControl target, TargetFence fence, RunFiles files, RunStore runs, TimeProvider time) : IDisposable
{
    /// <summary>Begun again by itself after its server ended in the middle; more often than this it is the rehearsal that ends servers.</summary>
    private const int MostAttempts = 3;

    private static readonly TimeSpan WordPoll = TimeSpan.FromSeconds(2);

    /// <summary>One at a time: each has a small VM and the guest in memory, and whoever cuts over comes first.</summary>
    private readonly SemaphoreSlim _place = new(1);

    /// <summary>When a run for which there was no place asks again.</summary>
    public static TimeSpan Wait { get; } = TimeSpan.FromSeconds(15);

    /// <summary>An operator asked for one, or the plan wants one before the cutover and there was none.</summary>
    public static bool IsDue(RunWork work, DateTime now) => work.IsWarm && !(work.Run.CutOverAt <= now) && !WarmPasses.HoldsSnapshot(WarmVm.StateOf(work))
        && (work.Run.RehearsalAskedAt is not null || (work.Policy.Warm.Rehearse && RehearsalRecord.Read(work.Run.Rehearsal) is null or { State: RehearsalState.Running or RehearsalState.Abandoned }));

    /// <summary>The plan wants a rehearsal that works before a run cuts over by itself, and there was none.</summary>
    public static bool HoldsBack(Run run, bool isWanted) => isWanted && RehearsalRecord.Read(run.Rehearsal) is not { State: RehearsalState.Works };

    /// <summary>Overlays or a domain may be there.</summary>
    public static bool IsLeft(Run run) => RehearsalRecord.Read(run.Rehearsal) is { State: RehearsalState.Running };

    public void Dispose() => _place.Dispose();

    /// <summary>Long before it is due: a plan that wants rehearsals can have them here.</summary>
    /// <exception cref="MigrateException">As of the bench's check.</exception>
    public Task CheckAsync(RunWork work, CancellationToken cancellationToken) =>
        work is { IsWarm: true, Policy.Warm.Rehearse: true } ? bench.CheckAsync(work, cancellationToken) : Task.CompletedTask;

    /// <returns>False: another run is rehearsed here, and this one asks again after <see cref="Wait"/>.</returns>
    public async Task<bool> TryRunAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (!await _place.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return false;
        }

        try
        {
            await RunAsync(work, cancellationToken);
            return true;
        }
        finally
        {
            _place.Release();
        }
    }

    /// <summary>Removes what a rehearsal left whose worker died or was called away, and lets the target serve the namespaces again.</summary>
    public async Task EndLeftAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (RehearsalRecord.Read(work.Run.Rehearsal) is not { State: RehearsalState.Running } record)
        {
            return;
        }

        await bench.CleanUpAsync(work, record, cancellationToken);
        await BringOnlineAsync(work, cancellationToken);
        var isEnough = record.Attempt >= MostAttempts;
        await EndAsync(
            work,
            record with
            {
                State = isEnough ? RehearsalState.Failed : RehearsalState.Abandoned,
                Code = isEnough ? "rehearsal.broken-off" : null,
                Reason = isEnough ? $"It was begun {record.Attempt} times and broken off each time." : "It was broken off; nothing of it is left.",
                Remedy = isEnough ? "See why the server ended (its log, the kernel's: memory?), then ask for it again." : null,
            },
            isAnswered: isEnough,
            cancellationToken);
        await work.LogAsync(RunLog.Info, "What a rehearsal left that was broken off is removed, and the namespaces are online.", cancellationToken);
    }

    private async Task RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        var before = RehearsalRecord.Read(work.Run.Rehearsal);
        var record = new RehearsalRecord
        {
            State = RehearsalState.Running,
            StartedAt = Now,
            Attempt = before is { State: RehearsalState.Abandoned } ? before.Attempt + 1 : 1,
            Domain = $"{work.Run.VmName}-rehearsal",
            Directory = files.RehearsalOf(work.Run.Id),
            Console = files.RehearsalConsoleOf(work.Run.Id),
            Log = work.Policy.Convert == ConvertGuests.Auto ? files.ConversionLogOf(work.Run.Id) : null,
        };
        try
        {
            await bench.CheckAsync(work, cancellationToken);
        }
        catch (MigrateException e)
        {
            await EndAsync(work, Failed(record, e), isAnswered: true, cancellationToken);
            return;
        }

        await work.LogAsync(RunLog.Info, "The cutover is rehearsed: a copy of the guest is started from overlays, without a network, while the source goes on. No pass is made meanwhile.", cancellationToken);
        var json = record.Write();
        await work.UpdateDurablyAsync(set => set.SetProperty(x => x.Rehearsal, json), cancellationToken);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(work.Run.Id, broken);
        try
        {
            record = await RehearseAsync(work, record, broken.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && broken.IsCancellationRequested)
        {
            record = record with { State = RehearsalState.Abandoned, Reason = "The cutover was asked for while it went on." };
        }
        catch (Exception e) when (e is MigrateException or TargetException or IOException or UnauthorizedAccessException)
        {
            record = Failed(record, e);
        }
        finally
        {
            await broken.CancelAsync();
            await watching;
        }

        // Whoever is called away here leaves it to EndLeftAsync.
        await bench.CleanUpAsync(work, record, cancellationToken);
        await BringOnlineAsync(work, cancellationToken);
        await EndAsync(work, record, isAnswered: true, cancellationToken);
    }

    private async Task<RehearsalRecord> RehearseAsync(RunWork work, RehearsalRecord record, CancellationToken cancellationToken)
    {
        await TakeOfflineAsync(work, cancellationToken);
        var began = time.GetTimestamp();
        var guest = await bench.ConvertAsync(work, cancellationToken);
        record = record with
        {
            Guest = guest.Guest,
            IsConverted = guest.IsConverted,
            ConversionSeconds = guest.Guest is null ? null : time.GetElapsedTime(began).TotalSeconds,
        };
        try
        {
            var boot = await bench.BootAsync(work, record, guest.Disks, cancellationToken);
            return record with { State = boot.State, BootSeconds = boot.Seconds, Reason = boot.Why, ConsoleEnd = boot.ConsoleEnd };
        }
        catch (MigrateException e)
        {
            return Failed(record, e); // With what is known of the conversion.
        }
    }

    /// <summary>Whoever wants the cutover does not wait for its rehearsal.</summary>
    private async Task WatchAsync(Guid runId, CancellationTokenSource broken)
    {
        try
        {
            while (await runs.FindAsync(runId, broken.Token) is not { CutOverAt: { } word } || word > Now)
            {
                await Task.Delay(WordPoll, time, broken.Token);
            }

            await broken.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
        catch (Exception e) when (DatabaseTrouble.Is(e))
        {
            Debug.WriteLine(e.Message); // The lease tells soon enough whether anything may go on.
        }
    }

    private async Task TakeOfflineAsync(RunWork work, CancellationToken cancellationToken)
    {
        foreach (var disk in work.PlannedDisks)
        {
            if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { Online: true })
            {
                await fence.GrantAsync(work.Lease, disk.NamespaceUuid, cancellationToken); // A worker that slept since the pass must find it taken.
                await target.TakeOfflineAsync(disk.NamespaceUuid, cancellationToken);
            }
        }
    }

    private async Task BringOnlineAsync(RunWork work, CancellationToken cancellationToken)
    {
        foreach (var disk in work.PlannedDisks)
        {
            if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { Online: false })
            {
                await target.BringOnlineAsync(disk.NamespaceUuid, cancellationToken);
            }
        }
    }

    private async Task EndAsync(RunWork work, RehearsalRecord record, bool isAnswered, CancellationToken cancellationToken)
    {
        record = record with { FinishedAt = Now };
        var json = record.Write();
        await work.UpdateAsync(
            set =>
            {
                set.SetProperty(x => x.Rehearsal, json);
                if (isAnswered)
                {
                    set.SetProperty(x => x.RehearsalAskedAt, (DateTime?)null);
                }
            },
            cancellationToken);
        if (record.State is not RehearsalState.Abandoned)
        {
            await work.LogAsync(record.State == RehearsalState.Works ? RunLog.Info : RunLog.Warning, Sentence(record), cancellationToken);
        }
    }

    private static string Sentence(RehearsalRecord record) => string.Create(
        CultureInfo.InvariantCulture,
        $"Rehearsal: {record.State}. {record.Reason}{(record.ConversionSeconds is { } s ? $" {(record.IsConverted ? "Converting" : "Looking into")} {record.Guest} took {s:0} s." : "")}{(record.Remedy is { } remedy ? " " + remedy : "")}");

    private static RehearsalRecord Failed(RehearsalRecord record, Exception e)
    {
        var failure = Failure.Of(e);
        return record with { State = RehearsalState.Failed, Code = failure.Code, Reason = failure.Message, Remedy = failure.Remedy };
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;
}
