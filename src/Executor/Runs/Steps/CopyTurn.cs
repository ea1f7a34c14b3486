using Migrate.Executor.Copy;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// A copy's turn at a worker. It ends after its time, but never before something more is safe at the destination: from a slow
/// source each turn would otherwise read the same bytes again, for ever.
/// </summary>
internal sealed class CopyTurn(TimeSpan length, TimeProvider time) : IDisposable
{
    private readonly long _began = time.GetTimestamp();
    private readonly CancellationTokenSource _over = new();

    public CancellationToken Over => _over.Token;

    public bool TimeIsUp => time.GetElapsedTime(_began) >= length;

    /// <summary>Called with every report of the copy, from under its locks: what cancellation sets off must run elsewhere.</summary>
    public void Look(CopyJournal journal, long safeBefore)
    {
        if (TimeIsUp && journal.DurableBytes > safeBefore)
        {
            _ = _over.CancelAsync();
        }
    }

    public void Dispose() => _over.Dispose();
}
