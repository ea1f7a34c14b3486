using Migrate.Planner.Persistence;

namespace Migrate.Executor.Jobs;

/// <summary>Why a lease's token was cancelled.</summary>
public enum LeaseEnd
{
    None,
    /// <summary>An operator asked something of the run: stop at the next checkpoint and look at it.</summary>
    Requested,
    /// <summary>Somebody else owns the run, or nobody could renew it in time: nothing may be written any more.</summary>
    Lost,
}

/// <summary>
/// The right to work on a run, renewed in the background until disposed. Disposing releases it; a process that dies lets it
/// expire.
/// </summary>
public sealed class Lease : IAsyncDisposable
{
    private readonly LeaseStore _store;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _working = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _expiry;
    private readonly CancellationTokenRegistration _expired;
    private readonly SemaphoreSlim _poke = new(0);
    private readonly Task _renewing;
    private readonly Lock _gate = new();
    private volatile LeaseEnd _end;

    /// <param name="asked">Timestamp from before the database was asked: its lease counts from then, not from when it answered.</param>
    internal Lease(LeaseStore store, TimeProvider time, Guid runId, string owner, long epoch, TimeSpan duration, long asked)
    {
        _store = store;
        _time = time;
        RunId = runId;
        Owner = owner;
        Epoch = epoch;
        Duration = duration;
        // Its clock runs here, not in the database: a renewal that hangs must not make an expired lease look alive.
        _expiry = new CancellationTokenSource(Left(asked), time);
        _expired = _expiry.Token.Register(() => EndWith(LeaseEnd.Lost));
        _renewing = RenewAsync();
    }

    public Guid RunId { get; }

    public string Owner { get; }

    /// <summary>Grows with every taking of this run; the target's fence tells workers apart by it.</summary>
    public long Epoch { get; }

    public LeaseClaim Claim => new(RunId, Owner, Epoch);

    /// <summary>Each taking of a lease is a host of its own to the target: the last part of <see cref="Owner"/>.</summary>
    public Guid HostId => Guid.ParseExact(Owner[^32..], "N");

    public string HostNqn => $"nqn.2014-08.org.nvmexpress:uuid:{HostId:D}";

    public TimeSpan Duration { get; }

    /// <summary>Cancelled when the lease ends, for the reason in <see cref="End"/>.</summary>
    public CancellationToken Token => _working.Token;

    /// <summary>Cancelled only when the lease is lost: for work that must not be left half-done because of a request.</summary>
    public CancellationToken Lost => _lost.Token;

    public LeaseEnd End => _end;

    /// <summary>Looks at the run's row now instead of at the next renewal.</summary>
    internal void Poke() => _poke.Release();

    /// <summary>Throws when the run is no longer ours: the last look before something that cannot be fenced.</summary>
    public async Task EnsureHeldAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (End == LeaseEnd.Lost || !(await _store.RenewAsync(this, cancellationToken)).Held)
        {
            EndWith(LeaseEnd.Lost);
            throw new LeaseLostException(RunId, Epoch);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopRenewingAsync();
        }
        finally
        {
            // Whatever ended the renewing: a lease that counts as held here would keep this process from its run for ever.
            if (End != LeaseEnd.Lost)
            {
                await _store.ReleaseAsync(this);
            }

            _store.Forget(this);
        }

        _expired.Dispose();
        _expiry.Dispose();
        _working.Dispose();
        _lost.Dispose();
        _stopping.Dispose();
        _poke.Dispose();
    }

    /// <summary>Stops without releasing, as a process that is killed would; for tests of what comes after.</summary>
    internal async Task AbandonAsync()
    {
        await StopRenewingAsync();
        EndWith(LeaseEnd.Lost);
        _store.Forget(this);
    }

    private async Task StopRenewingAsync()
    {
        await _stopping.CancelAsync();
        await _renewing;
    }

    private async Task RenewAsync()
    {
        await Task.Yield();
        while (!_stopping.IsCancellationRequested && End != LeaseEnd.Lost)
        {
            await WaitAsync(Duration / 3);
            if (_stopping.IsCancellationRequested || End == LeaseEnd.Lost)
            {
                return;
            }

            var asked = _time.GetTimestamp();
            var answer = await _store.TryRenewAsync(this, _stopping.Token);
            if (answer is null)
            {
                continue; // The database did not answer; the expiry decides how often that may happen.
            }

            if (!answer.Value.Held)
            {
                EndWith(LeaseEnd.Lost);
                return;
            }

            _expiry.CancelAfter(Left(asked));
            // A pass that is asked for while one is under way comes after it: what it is to copy may be younger than the one that goes on.
            if (answer.Value.Request is not null and not RunRequest.Sync)
            {
                EndWith(LeaseEnd.Requested);
            }
        }
    }

    private TimeSpan Left(long asked)
    {
        var left = Duration - _time.GetElapsedTime(asked);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task WaitAsync(TimeSpan interval)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var poked = _poke.WaitAsync(wait.Token);
        var passed = Task.Delay(interval, _time, wait.Token);
        await Task.WhenAny(poked, passed);
        await wait.CancelAsync();
        await Task.WhenAll(poked, passed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Both end now.
    }

    private void EndWith(LeaseEnd end)
    {
        lock (_gate)
        {
            if (end <= _end)
            {
                return; // Lost outranks Requested: a worker that only means to checkpoint must learn that it may not.
            }

            _end = end;
        }

        if (end == LeaseEnd.Lost)
        {
            _lost.Cancel();
        }

        _working.Cancel();
    }
}

/// <summary>What a write shows to be let through: who took which run, and for the how manieth time.</summary>
public readonly record struct LeaseClaim(Guid RunId, string Owner, long Epoch);

/// <summary>A worker found that its run belongs to somebody else; it stops without writing anything.</summary>
public sealed class LeaseLostException(Guid runId, long epoch)
    : Exception($"The lease of run {runId}, epoch {epoch}, is lost.");

/// <summary>What a renewal found.</summary>
internal readonly record struct Renewal(bool Held, RunRequest? Request);
