using System.Globalization;
using System.Text.Json;
using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Runs;
using Migrate.Executor.Targets;

namespace Migrate.Executor.Validation.Causes;

/// <summary>Reads what is around a domain's storage. All of it is asked beside the verdict: what cannot be read is left out, and nothing fails for it.</summary>
public sealed class StorageSampler(ITargetControl target, TimeProvider time)
{
    /// <summary>Of the kernel's clock ticks to user programs, the same on all machines that run QEMU here.</summary>
    private const double TicksPerSecond = 100;
    /// <summary>For all of it together: a target that does not answer keeps no verdict waiting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<StorageSample> ReadAsync(LibvirtConnection connection, RunWork work, string domain, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var sample = await ReadInTimeAsync(connection, work, domain, either.Token);
        cancellationToken.ThrowIfCancellationRequested();
        return sample;
    }

    private async Task<StorageSample> ReadInTimeAsync(LibvirtConnection connection, RunWork work, string domain, CancellationToken cancellationToken)
    {
        var threads = await TryAsync(async () => IoThreads(await connection.MonitorCommandAsync(domain, """{"execute":"query-iothreads"}""", cancellationToken))) ?? [];
        var network = work.KvmHost.AttachesByNetwork;
        List<string> files = [.. threads.Select(x => string.Create(CultureInfo.InvariantCulture, $"/proc/{x.ThreadId}/stat")), .. network ? ["/proc/net/snmp"] : (string[])[]];
        var texts = files.Count > 0 && HostFactsReader.CommandsFor(work.KvmHost.Uri, time) is { } commands
            ? await TryAsync(async () => (await commands.RunAsync(new HostCommand(["cat", "--", .. files]), cancellationToken)).Output) : null;
        return new StorageSample
        {
            At = time.GetUtcNow().UtcDateTime,
            IoThreads = await TryAsync(() => Task.FromResult(Times(threads, texts ?? ""))) ?? [],
            CpuSeconds = await TryAsync(async () => (double?)(await connection.CpuTimeAsync(domain, cancellationToken)).TotalSeconds),
            Tcp = network ? await TryAsync(() => Task.FromResult(Segments(texts ?? ""))) : null,
            Target = network ? await TryAsync(() => TargetAsync(work, cancellationToken)) ?? [] : [],
        };
    }

    internal static IReadOnlyList<(string Id, long ThreadId)> IoThreads(JsonElement answer) =>
        [.. answer.EnumerateArray().Select(x => (x.GetProperty("id").GetString()!, x.GetProperty("thread-id").GetInt64()))];

    /// <param name="threads">Of QEMU.</param>
    /// <param name="texts">Lines of proc(5)'s stat, one for each thread that there is, and whatever else.</param>
    internal static IReadOnlyList<ThreadTime> Times(IReadOnlyList<(string Id, long ThreadId)> threads, string texts)
    {
        List<ThreadTime> times = [];
        foreach (var line in texts.Split('\n').Where(x => x.Contains('(', StringComparison.Ordinal) && x.Contains(") ", StringComparison.Ordinal)))
        {
            // The name may have blanks and brackets in it; utime and stime are the 12th and 13th field behind it.
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            if (long.TryParse(line[..line.IndexOf(' ', StringComparison.Ordinal)], CultureInfo.InvariantCulture, out var id) && fields.Length > 12
                && threads.FirstOrDefault(x => x.ThreadId == id) is { Id: { } name })
            {
                times.Add(new ThreadTime(name, id, (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond));
            }
        }

        return times;
    }

    /// <summary>Of /proc/net/snmp: a line of names, then one of values.</summary>
    internal static TcpSegments? Segments(string texts)
    {
        var lines = texts.Split('\n').Where(x => x.StartsWith("Tcp: ", StringComparison.Ordinal)).Select(x => x.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        if (lines.Count != 2 || lines[0].Length != lines[1].Length)
        {
            return null;
        }

        var values = lines[0].Zip(lines[1]).ToDictionary(x => x.First, x => x.Second);
        return values.TryGetValue("OutSegs", out var sent) && values.TryGetValue("RetransSegs", out var again)
            ? new TcpSegments(long.Parse(sent, CultureInfo.InvariantCulture), long.Parse(again, CultureInfo.InvariantCulture)) : null;
    }

    private async Task<IReadOnlyList<TargetTime>> TargetAsync(RunWork work, CancellationToken cancellationToken)
    {
        var times = await target.TimesAsync(cancellationToken);
        return [.. work.PlannedDisks.Where(x => times.ContainsKey(x.NamespaceUuid)).Select(x => (x.Key, Time: times[x.NamespaceUuid])).Select(x => new TargetTime(x.Key, x.Time.Reads, x.Time.ReadSeconds, x.Time.Writes, x.Time.WriteSeconds))];
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception)
        {
            return default; // Whatever it is: it is not what the verdict is about. The step's own end is looked at behind all of them.
        }
    }
}
