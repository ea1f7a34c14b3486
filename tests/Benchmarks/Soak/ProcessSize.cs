using System.Globalization;

namespace Migrate.Benchmarks.Soak;

/// <summary>What a process holds: resident memory in MiB, open handles, threads; and of this one the managed heap after a collection.</summary>
internal sealed record ProcessSize(double Resident, int Handles, int Threads, double Heap)
{
    private const double MiB = 1 << 20;

    public static ProcessSize Of(int pid)
    {
        var status = File.ReadAllLines($"/proc/{pid}/status");
        return new ProcessSize(
            Number("VmRSS") / 1024.0, Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length, (int)Number("Threads"),
            pid == Environment.ProcessId ? GC.GetTotalMemory(forceFullCollection: true) / MiB : 0);

        long Number(string key) => long.Parse(
            status.Single(x => x.StartsWith(key + ":", StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>The median of each, which one odd moment does not move.</summary>
    public static ProcessSize Median(IReadOnlyCollection<ProcessSize> all)
    {
        return new(Middle(x => x.Resident), (int)Middle(x => x.Handles), (int)Middle(x => x.Threads), Middle(x => x.Heap));

        double Middle(Func<ProcessSize, double> of) => all.Select(of).Order().ElementAt(all.Count / 2);
    }

    /// <summary>What grew from one time to a later one by more than runtimes do in their own housekeeping.</summary>
    public IEnumerable<string> GrownTo(ProcessSize later)
    {
        if (later.Resident > (Resident * 1.15) + 24)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"resident memory from {Resident:0} to {later.Resident:0} MiB");
        }

        if (later.Heap > (Heap * 1.15) + 8)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"managed heap from {Heap:0.0} to {later.Heap:0.0} MiB");
        }

        if (later.Handles > Handles + 8)
        {
            yield return $"handles from {Handles} to {later.Handles}";
        }

        if (later.Threads > Threads + 8)
        {
            yield return $"threads from {Threads} to {later.Threads}";
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Resident,6:0.0} MiB {Handles,4} handles {Threads,3} threads");
}
