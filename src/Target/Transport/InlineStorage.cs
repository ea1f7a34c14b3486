namespace Migrate.Target.Transport;

/// <summary>The storage queue of a thread that serves one connection alone: it does everything itself, in the order given.</summary>
internal sealed class InlineStorage : IStorageQueue, IDisposable
{
    private const long KeepBytes = 1 << 20;

    private readonly Queue<StorageJob> _done = new();

    public bool MayWait => true;

    public DataPool Buffers { get; } = new(KeepBytes);

    public int Stripe { get; } = Random.Shared.Next();

    public void Transfer(StorageJob job)
    {
        job.Error = job.Transfer.Run();
        _done.Enqueue(job);
    }

    public void Execute(StorageJob job)
    {
        while (job.Execute() is { } awaited)
        {
            awaited.Wait(); // for others' threads, which do not wait for this one
        }

        _done.Enqueue(job);
    }

    /// <summary>Gives back what was done since the last call.</summary>
    public void Complete()
    {
        while (_done.TryDequeue(out var job))
        {
            job.Session.Completed(job);
        }
    }

    public void Dispose() => Buffers.Dispose();
}
