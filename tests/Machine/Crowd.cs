namespace Migrate.Tests.Machine;

/// <summary>Those who are at something at once: as many as may be, which is waited for and not hoped for, and at no time one more.</summary>
public sealed class Crowd(int most)
{
    private static readonly TimeSpan InWhichOneMoreWouldCome = TimeSpan.FromMilliseconds(20);
    private readonly TaskCompletionSource _isFull = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _now;

    /// <summary>At some time there was one more.</summary>
    public bool WasTooMany { get; private set; }

    /// <summary>Comes, stays until there were as many as may be, and goes.</summary>
    public async Task ComeAndGoAsync(CancellationToken cancellationToken)
    {
        var now = Interlocked.Increment(ref _now);
        WasTooMany |= now > most;
        if (now == most)
        {
            _isFull.TrySetResult();
        }

        await _isFull.Task.WaitAsync(TimeSpan.FromMinutes(5), cancellationToken);
        await Task.Delay(InWhichOneMoreWouldCome, cancellationToken);
        Interlocked.Decrement(ref _now);
    }
}
