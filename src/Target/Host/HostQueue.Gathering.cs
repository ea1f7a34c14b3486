using System.Collections.Concurrent;

namespace Migrate.Target.Host;

// Batches of completions, and the gathering of what their callers submit.
internal sealed partial class HostQueue
{
    /// <summary>Not null while this thread delivers a batch: queues (of any host) to which it has submitted and not sent.</summary>
    [ThreadStatic]
    private static List<HostQueue>? _gathered;

    /// <summary>The list for this thread's next batch.</summary>
    [ThreadStatic]
    private static List<HostQueue>? _spareList;

    private readonly ConcurrentQueue<CompletionBatch> _idleBatches = new();
    private CompletionBatch? _batch; // of the receiving thread

    public static void BeginGathering()
    {
        _gathered = _spareList ?? [];
        _spareList = null;
    }

    /// <summary>Sends what this thread has submitted since <see cref="BeginGathering"/>, each queue's commands at once.</summary>
    public static void SendGathered()
    {
        var gathered = _gathered!;
        _gathered = null;
        foreach (var queue in gathered)
        {
            if (queue.TryBecomeSender())
            {
                queue.SendPending();
            }
        }

        gathered.Clear();
        _spareList = gathered;
    }

    public void Recycle(CompletionBatch batch) => _idleBatches.Enqueue(batch);

    // False when there is a sender, who takes everything, or nothing to send. After the end the commands have their outcome
    // and their buffers are their callers' again.
    private bool TryBecomeSender()
    {
        lock (_sendGate)
        {
            if (_isSending || _isClosed || _pending.Count == 0)
            {
                return false;
            }

            return _isSending = true;
        }
    }

    private void AddToBatch(HostCommand command)
    {
        _batch ??= IdleBatch();
        if (!_batch.TryAdd(command))
        {
            DispatchBatch();
            _batch = IdleBatch();
            _batch.TryAdd(command);
        }
    }

    private void DispatchBatch()
    {
        if (_batch is { IsEmpty: false } batch)
        {
            _batch = null;
            ThreadPool.UnsafeQueueUserWorkItem(batch, preferLocal: false);
        }
    }

    private CompletionBatch IdleBatch() => _idleBatches.TryDequeue(out var batch) ? batch : new CompletionBatch(this);
}
