using Microsoft.Extensions.Logging;

namespace Migrate.Target.Transport;

/// <summary>
/// Threads that wait for the storage in the place of event loops: flushes, deallocation, and everything else that is rare.
/// One is there from the beginning, the others start when there is work for them; they stay.
/// </summary>
internal sealed partial class StorageWorkers : IDisposable
{
    private readonly int _most;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly Queue<(StorageJob Job, bool IsTransfer)> _waiting = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly List<Thread> _threads = [];
    private int _idle = 1;
    private volatile bool _isDisposed;

    public StorageWorkers(int most, ILogger logger)
    {
        _most = most;
        _logger = logger;
        _threads.Add(Start()); // one there always is: work that was taken must be done
    }

    public void Execute(StorageJob job) => Add(job, isTransfer: false);

    public void Transfer(StorageJob job) => Add(job, isTransfer: true);

    public void Dispose()
    {
        _isDisposed = true;
        _work.Release(_most);
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
            if (_idle < _waiting.Count && _threads.Count < _most)
            {
                TryStart();
            }
        }

        _work.Release();
    }

    // The system may have no thread to give now. Those that there are do the work, then.
    private void TryStart()
    {
        try
        {
            _threads.Add(Start());
            _idle++;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            LogNoThread(e, _threads.Count);
        }
    }

    private Thread Start()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "nvme storage" };
        thread.Start();
        return thread;
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

    [LoggerMessage(132, LogLevel.Warning, "No further thread for the storage can be had; {Threads} do the work")]
    private partial void LogNoThread(Exception exception, int threads);
}
