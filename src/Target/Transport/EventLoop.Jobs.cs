using Migrate.Target.Namespaces;

namespace Migrate.Target.Transport;

// What has to wait for the storage: given to the ring or to a worker, and back to its connection.
internal sealed unsafe partial class EventLoop
{
    /// <summary>A device that has the first of many already works while the others are prepared.</summary>
    private const uint SubmittedTogether = 4;

    private StorageJob? _done;

    public void Transfer(StorageJob job)
    {
        job.Connection = _current;
        _current!.Owed++;
        if (_ring is null || !job.Transfer.IsAligned || !_ring.TryAdd(job))
        {
            _workers.Transfer(job);
        }
        else if (_ring.Added >= SubmittedTogether)
        {
            _ring.Submit();
        }
    }

    public void Execute(StorageJob job)
    {
        job.Connection = _current;
        _current!.Owed++;
        _workers.Execute(job);
    }

    /// <summary>A worker has done a job.</summary>
    public void CompleteLater(StorageJob job)
    {
        StorageJob? first;
        do
        {
            first = Volatile.Read(ref _done);
            job.Next = first;
        }
        while (Interlocked.CompareExchange(ref _done, job, first) != first);
        WakeUp();
    }

    private bool CompleteTransfers(StorageRing ring)
    {
        var worked = false;
        while (ring.TryTake(out var job))
        {
            worked = true;
            if (job.Error == Errno.EAGAIN)
            {
                _workers.Transfer(job); // the ring could not do it as a whole
            }
            else
            {
                Complete(job);
            }
        }

        return worked;
    }

    private void Complete(StorageJob job)
    {
        var connection = (EventConnection)job.Connection!;
        job.Connection = null;
        connection.Owed--;
        Switch(connection);
        try
        {
            job.Session.Completed(job);
            connection.AfterCompletion();
        }
        catch (Exception e)
        {
            EndByDefect(connection, e);
        }

        NoteIfEnded(connection);
    }

    private static StorageJob? Reversed(StorageJob? job)
    {
        StorageJob? first = null;
        while (job is not null)
        {
            var next = job.Next;
            job.Next = first;
            first = job;
            job = next;
        }

        return first;
    }
}
