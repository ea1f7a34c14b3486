using Migrate.Target.Transport;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// The storage's side of a connection in memory. Prompt: everything is done as soon as it is given, as by a thread of its own.
/// Otherwise jobs wait until <see cref="CompleteSome"/> and come back in any order, as from a ring or from workers.
/// </summary>
internal sealed class FuzzStorage : IStorageQueue, IDisposable
{
    private readonly List<(StorageJob Job, bool IsTransfer)> _waiting = [];

    public bool IsPrompt { get; set; } = true;

    public bool MayWait => IsPrompt;

    public DataPool Buffers { get; } = new(1 << 20);

    public int Stripe => 3;

    public int Waiting => _waiting.Count;

    public void Transfer(StorageJob job) => _waiting.Add((job, true));

    public void Execute(StorageJob job) => _waiting.Add((job, false));

    /// <summary>Does up to so many jobs, picked by the random numbers; what they lead to waits for the next call.</summary>
    public void CompleteSome(int most, Random random)
    {
        for (; most > 0 && _waiting.Count > 0; most--)
        {
            var at = IsPrompt ? 0 : random.Next(_waiting.Count);
            var (job, isTransfer) = _waiting[at];
            _waiting.RemoveAt(at);
            if (isTransfer)
            {
                job.Error = job.Transfer.Run();
            }
            else if (job.Execute() is not null)
            {
                _waiting.Add((job, false)); // once more when others are through
                continue;
            }

            job.Session.Completed(job);
        }
    }

    public void Dispose() => Buffers.Dispose();
}
