using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Operations;

/// <summary>
/// Does operations, some of each kind at once and one of a kind to the same subject. They live in this process: what it was at when it stopped is told as
/// interrupted, and everything that is done here may be done again.
/// </summary>
internal sealed partial class OperationRunner(IDbContextFactory<MigrateDb> databases, TimeProvider time, ILogger<OperationRunner> logger) : IHostedService, IDisposable
{
    private const int AtOnce = 4;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly OperationState[] UnderWayStates = [OperationState.Queued, OperationState.Running];

    /// <summary>Of each kind its own, so that disks which are read for hours hold up nothing else.</summary>
    private readonly Dictionary<OperationKind, SemaphoreSlim> _places = Enum.GetValues<OperationKind>().ToDictionary(x => x, _ => new SemaphoreSlim(AtOnce));
    private readonly Dictionary<Guid, UnderWay> _underWay = [];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Before the first call is answered.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await InterruptAsync(db, await db.Operations.Where(x => UnderWayStates.Contains(x.State)).ToListAsync(cancellationToken), cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        Task[] tasks;
        await _gate.WaitAsync(cancellationToken);
        try
        {
            tasks = [.. _underWay.Values.Select(x => x.Task)];
        }
        finally
        {
            _gate.Release();
        }

        await Task.WhenAll(tasks).WaitAsync(cancellationToken);
    }

    /// <summary>Begins what is asked for, or finds it under way.</summary>
    /// <param name="kind">What is done.</param>
    /// <param name="subject">To what.</param>
    /// <param name="asked">With which values; null for none. While one is under way, the same are the same operation, and others are refused.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="act">Does it; tells how far it is.</param>
    /// <param name="cancellationToken">Of the call, not of the operation.</param>
    /// <returns>The operation's id.</returns>
    /// <exception cref="MigrateException">operation.busy; server.stopping.</exception>
    public async Task<Guid> BeginAsync(
        OperationKind kind, string subject, object? asked, string by, Func<IProgress<string>, CancellationToken, Task<OperationResult>> act, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_stopping.IsCancellationRequested) // What is begun now, the stop would not wait for.
            {
                throw new MigrateException("server.stopping", "The server is stopping.", "Ask again when it is back.") { IsTransient = true };
            }

            if (_underWay.Values.FirstOrDefault(x => x.Row.Kind == kind && x.Row.Subject == subject) is { } same)
            {
                return Equals(same.Asked, asked) ? same.Row.Id : throw new MigrateException(
                    "operation.busy", $"{kind} of {subject} is under way with other values, asked for by {same.Row.StartedBy}.", $"Wait for it ('migrate operation wait {same.Row.Id}'), or stop it with 'migrate operation cancel {same.Row.Id}'.");
            }

            var row = new Operation { Id = Guid.CreateVersion7(), Kind = kind, Subject = subject, State = OperationState.Queued, StartedBy = by, CreatedAt = time.GetUtcNow().UtcDateTime };
            await using (var db = await databases.CreateDbContextAsync(cancellationToken))
            {
                db.Operations.Add(row);
                await db.SaveChangesAsync(CancellationToken.None); // A caller that hangs up now must not leave a row that nobody works on.
            }

            var begun = new UnderWay(row, asked, act, CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
            _underWay.Add(row.Id, begun);
            using (ExecutionContext.SuppressFlow()) // It outlives the call that began it, and everything that belongs to that.
            {
                begun.Task = Task.Run(() => RunAsync(begun), CancellationToken.None);
            }

            return row.Id;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Asks it to end. What is over is refused; what is not, and is not done here either, nobody does: it is told as interrupted.</summary>
    /// <exception cref="MigrateException">operation.wrong-phase.</exception>
    public async Task CancelAsync(Guid id, string by, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_underWay.TryGetValue(id, out var one))
            {
                await using var db = await databases.CreateDbContextAsync(cancellationToken);
                var left = await db.Operations.SingleOrDefaultAsync(x => x.Id == id && UnderWayStates.Contains(x.State), cancellationToken)
                    ?? throw new MigrateException("operation.wrong-phase", $"The operation {id} is over.", "There is nothing to stop; 'migrate operation show' tells what came of it.");
                await InterruptAsync(db, [left], cancellationToken);
                return;
            }

            one.StoppedBy ??= by;
            await one.Stop.CancelAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>How far it is; null where that is not known, and when it is over.</summary>
    public async Task<string?> ProgressOfAsync(Guid id, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return _underWay.GetValueOrDefault(id)?.Told;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _gate.Dispose();
        foreach (var place in _places.Values)
        {
            place.Dispose();
        }
    }

    private async Task InterruptAsync(MigrateDb db, List<Operation> rows, CancellationToken cancellationToken)
    {
        foreach (var left in rows)
        {
            (left.State, left.FinishedAt, left.Problem) = (OperationState.Interrupted, time.GetUtcNow().UtcDateTime, Write(OperationProblems.Interrupted(left)));
            LogEnded(logger, left.Id, left.Kind, left.Subject, left.State);
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    private async Task RunAsync(UnderWay one)
    {
        var end = await DoAsync(one);
        if (end is { } came)
        {
            LogEnded(logger, one.Row.Id, one.Row.Kind, one.Row.Subject, came.State);
        }

        var pause = ShortestPause;
        while (!await TryEndAsync(one, end) && !_stopping.IsCancellationRequested)
        {
            // Until the database is back: else it would be told as running for ever. What cannot be written before the server stops, its next start tells.
            await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>What came of it, in the words that are stored; null where the row says that it is not to be done any more.</summary>
    private async Task<(OperationState State, string? Result, string? Problem)?> DoAsync(UnderWay one)
    {
        var stop = one.Stop.Token;
        try
        {
            var place = _places[one.Row.Kind];
            await place.WaitAsync(stop);
            try
            {
                await using (var db = await databases.CreateDbContextAsync(stop))
                {
                    var now = time.GetUtcNow().UtcDateTime;
                    if (await db.Operations.Where(x => x.Id == one.Row.Id && x.State == OperationState.Queued)
                        .ExecuteUpdateAsync(set => set.SetProperty(x => x.State, OperationState.Running).SetProperty(x => x.StartedAt, now), stop) == 0)
                    {
                        return null;
                    }
                }

                return (OperationState.Succeeded, Write(await one.Act(one, stop)), null);
            }
            finally
            {
                place.Release();
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            return one.StoppedBy is { } by
                ? (OperationState.Cancelled, null, Write(OperationProblems.Cancelled(one.Row, by)))
                : (OperationState.Interrupted, null, Write(OperationProblems.Interrupted(one.Row)));
        }
        catch (Exception e)
        {
            var problem = OperationProblems.Of(e);
            if (problem is null || DatabaseTrouble.Is(e)) // Which may be a defect, too.
            {
                LogDefect(logger, one.Row.Id, one.Row.Kind, one.Row.Subject, e);
            }

            return (OperationState.Failed, null, Write(problem ?? OperationProblems.Defect(one.Row.Id)));
        }
    }

    /// <summary>The row and what is known here change together: who asks for the same next gets either this one or another.</summary>
    private async Task<bool> TryEndAsync(UnderWay one, (OperationState State, string? Result, string? Problem)? end)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (end is (var state, var result, var problem))
            {
                await StoreAsync(one.Row.Id, state, result, problem);
            }

            Forget(one);
            return true;
        }
        catch (Exception e) when (DatabaseTrouble.Is(e))
        {
            LogNotStored(logger, one.Row.Id, e);
            return false;
        }
        catch (Exception e)
        {
            // Trying again would not help. Its row stays under way until somebody cancels it, or until the next start.
            LogDefect(logger, one.Row.Id, one.Row.Kind, one.Row.Subject, e);
            Forget(one);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task StoreAsync(Guid id, OperationState state, string? result, string? problem)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
        await db.Operations.Where(x => x.Id == id && UnderWayStates.Contains(x.State)).ExecuteUpdateAsync(
            set => set.SetProperty(x => x.State, state).SetProperty(x => x.FinishedAt, now).SetProperty(x => x.Result, result).SetProperty(x => x.Problem, problem), CancellationToken.None);
    }

    private void Forget(UnderWay one)
    {
        _underWay.Remove(one.Row.Id);
        one.Stop.Dispose();
    }

    private static string Write<T>(T value) => JsonSerializer.Serialize(value, Json.Options);

    private sealed class UnderWay(Operation row, object? asked, Func<IProgress<string>, CancellationToken, Task<OperationResult>> act, CancellationTokenSource stop) : IProgress<string>
    {
        private volatile string? _told;

        public Operation Row => row;

        public object? Asked => asked;

        public Func<IProgress<string>, CancellationToken, Task<OperationResult>> Act => act;

        public CancellationTokenSource Stop => stop;

        public Task Task { get; set; } = Task.CompletedTask;

        public string? StoppedBy { get; set; }

        public string? Told => _told;

        public void Report(string value) => _told = value;
    }
}
