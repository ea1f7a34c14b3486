using Microsoft.Extensions.Logging;

namespace Migrate.Target.Transport;

/// <summary>
/// Threads that wait for the storage in the place of event loops: flushes, deallocation, and everything else that is rare.
/// They start when there is work for them and stay.
/// </summary>
internal sealed partial class StorageWorkers(int most, ILogger logger) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<(StorageJob Job, bool IsTransfer)> _waiting = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly List<Thread> _threads = [];
    private int _idle;
    private volatile bool _isDisposed;

    public void Execute(StorageJob job) => Add(job, isTransfer: false);

    public void Transfer(StorageJob job) => Add(job, isTransfer: true);

    public void Dispose()
    {
        _isDisposed = true;
        _work.Release(most);
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _work.Dispose();
    }

    private void Add(StorageJob job, bool isTransfer)
    {
        lock (_gate)
        {
            _waiting.Enqueue((job, isTransfer));
            if (_idle < _waiting.Count && _threads.Count < most)
            {
                var thread = new Thread(Run) { IsBackground = true, Name = $"nvme storage {_threads.Count}" };
                _threads.Add(thread);
                _idle++;
                thread.Start();
            }
        }

        _work.Release();
    }

    private void Run()
    {
        while (true)
        {
            _work.Wait();
            (StorageJob Job, bool IsTransfer) next;
            lock (_gate)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    if (_isDisposed)
                    {
                        return;
                    }

                    continue;
                }

                _idle--;
            }

            Run(next.Job, next.IsTransfer);
            lock (_gate)
            {
                _idle++;
            }
        }
    }

    private void Run(StorageJob job, bool isTransfer)
    {
        try
        {
            if (isTransfer)
            {
                job.Error = job.Transfer.Run();
            }
            else if (job.Execute() is { } awaited)
            {
                awaited.ContinueWith(static (_, state) =>
                {
                    var (workers, job) = ((StorageWorkers, StorageJob))state!;
                    workers.Execute(job);
                }, (this, job), TaskScheduler.Default);
                return;
            }
        }
        catch (Exception e)
        {
            LogDefect(e);
            job.Error = Namespaces.Errno.EIO;
        }

        ((EventConnection)job.Connection!).CompleteLater(job);
    }

    [LoggerMessage(131, LogLevel.Error, "A storage worker met a defect")]
    private partial void LogDefect(Exception exception);
}
