namespace Migrate.Target.Transport;

/// <summary>
/// Executes what may have to wait for the storage, so that the connection need not. Each job given here comes back by
/// <see cref="IQueuePairSession.Completed"/>, never from inside the call. Called by the connection's thread only.
/// </summary>
internal interface IStorageQueue
{
    /// <summary>True when waiting for the storage right here does no harm to other connections.</summary>
    bool MayWait { get; }

    /// <summary>Buffers for jobs. Rented and returned by the connection's thread.</summary>
    DataPool Buffers { get; }

    /// <summary>Which stripe of shared counters this thread writes.</summary>
    int Stripe { get; }

    /// <summary>Reads or writes <see cref="StorageJob.Transfer"/>.</summary>
    void Transfer(StorageJob job);

    /// <summary>Has a worker call <see cref="StorageJob.Execute"/>.</summary>
    void Execute(StorageJob job);
}
