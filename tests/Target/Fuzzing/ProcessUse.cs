namespace Migrate.Target.Tests.Fuzzing;

/// <summary>What this process holds: connections that were not let go show here.</summary>
internal readonly record struct ProcessUse(int Sockets, int Threads, long LiveBytes)
{
    public static ProcessUse Now() => new(
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(IsSocket),
        Directory.EnumerateDirectories("/proc/self/task").Count(),
        GC.GetTotalMemory(forceFullCollection: true));

    /// <summary>Waits until no more is held than before, give or take what a runtime keeps for itself.</summary>
    public static async Task<ProcessUse> ReturnToAsync(ProcessUse before, TimeSpan patience, CancellationToken cancellationToken)
    {
        var until = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            var now = Now();
            if (now.Sockets <= before.Sockets && now.Threads <= before.Threads + 64 && now.LiveBytes <= before.LiveBytes + (32 << 20))
            {
                return now;
            }

            if (Environment.TickCount64 > until)
            {
                throw new InvalidOperationException($"{patience} after the attack there is still {now} where there was {before}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }
    }

    private static bool IsSocket(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false) is { } link && Path.GetFileName(link.FullName).StartsWith("socket:", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // closed since it was listed
        }
    }
}
