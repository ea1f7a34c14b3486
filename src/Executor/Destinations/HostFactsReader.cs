using System.Globalization;
using Migrate.Executor.Destinations.Commands;
using Migrate.Executor.Destinations.Facts;
using Migrate.Executor.Destinations.Reading;
using Migrate.Planner;

namespace Migrate.Executor.Destinations;

/// <summary>
/// Reads all that is to be known of a KVM host: from libvirt, and from its kernel and programs where commands can be run on it. What
/// cannot be read is a gap with its reason.
/// </summary>
public sealed class HostFactsReader(TimeProvider time)
{
    /// <summary>Commands on the host of a URI: here, by SSH, or null where the URI leads to no login (TLS).</summary>
    public static IHostCommands? CommandsFor(string uri, TimeProvider time) => LibvirtUri.TryParse(uri, []) switch
    {
        { IsThisMachine: true } => new LocalCommands(time),
        { Ssh: { } login } => new SshCommands(login, time),
        _ => null,
    };

    public async Task<KvmHostFacts> ReadAsync(LibvirtConnection connection, IHostCommands? commands, CancellationToken cancellationToken)
    {
        var facts = await HostProbe.ProbeAsync(connection, cancellationToken) with { ReadAt = time.GetUtcNow().UtcDateTime };
        var gaps = new List<FactGap>();
        facts = facts with
        {
            Cells = await WithFreeMemoryAsync(connection, facts.Cells, gaps, cancellationToken),
            Pools = await TryAsync("storage pools", gaps, () => connection.StoragePoolsAsync(cancellationToken)) ?? [],
            Networks = await TryAsync("virtual networks", gaps, () => connection.NetworksAsync(cancellationToken)),
        };
        if (commands is null)
        {
            gaps.Add(new FactGap("kernel, devices and software", $"no commands can be run on a host that is reached by {facts.Uri}; by qemu+ssh they can"));
            return facts with { Gaps = gaps };
        }

        try
        {
            var answers = await HostScript.AskAsync(commands, cancellationToken);
            facts = Merge(facts, answers);
            var clock = answers.Read(HostScript.Clock, text => ((bool?, string)?)SoftwareReading.Clock(text));
            facts = facts with { Clock = await ClockAsync(commands, clock, gaps, cancellationToken) };
            gaps.AddRange(answers.Gaps);
        }
        catch (MigrateException e)
        {
            gaps.Add(new FactGap("kernel, devices and software", e.Message));
        }

        return facts with { Gaps = gaps };
    }

    internal static IReadOnlyList<HostNic> NicsOf(HostAnswers answers) => answers.Read(HostScript.Nics, text => text) is { } sys
        ? NicReading.Parse(sys, answers.Read(HostScript.Addresses, text => text) ?? "", answers.Read(HostScript.Routes, text => text) ?? "")
        : [];

    private static KvmHostFacts Merge(KvmHostFacts facts, HostAnswers answers)
    {
        var kernel = answers.Read(HostScript.Kernel, text => text.Trim()) ?? facts.Kernel;
        var processor = answers.Read(HostScript.Processor, Processor);
        var here = HostProbe.IsThisMachine(facts.Uri);
        return facts with
        {
            Kernel = kernel,
            Cpu = facts.Cpu with { Name = processor?.Name, Flags = processor?.Flags ?? [] },
            AvailableBytes = answers.Read(HostScript.Memory, text => (long?)(long.Parse(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)),
            Distribution = answers.Read(HostScript.Distribution, SoftwareReading.Distribution),
            // Of this machine the kernel was asked itself, which is worth more than its settings.
            IoUring = here ? facts.IoUring : answers.Read(HostScript.IoUring, text => IoUringOf(text, kernel)) ?? new IoUringState(false, "the host's kernel could not be asked"),
            Nested = answers.Read(HostScript.Nested, text => text.Trim().Length == 0 ? (bool?)null : text.Trim() is "Y" or "1"),
            Luns = answers.Read(HostScript.Luns, LunsOf),
            Nics = NicsOf(answers),
            BlockDevices = answers.Read(HostScript.Blocks, PlaceReading.Blocks) ?? [],
            Mounts = answers.Read(HostScript.Mounts, PlaceReading.Mounts) ?? [],
            Exports = answers.Read(HostScript.Exports, PlaceReading.Exports) ?? [],
            Software = answers.Read(HostScript.Software, SoftwareReading.Software) is { } software
                ? software with { VirtioWin = answers.Read(HostScript.VirtioWin, SoftwareReading.VirtioWin) }
                : null,
            Firmware = answers.Read(HostScript.Firmware, SoftwareReading.Firmware) ?? [],
            Tuning = answers.Read(HostScript.Tuning, SoftwareReading.Tuning),
        };
    }

    /// <summary>Asked apart from all else: the less the question takes, the nearer the answer.</summary>
    private async Task<HostClock?> ClockAsync(IHostCommands commands, (bool? Synchronised, string By)? synchronised, List<FactGap> gaps, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow();
        var began = time.GetTimestamp();
        var said = await commands.RunAsync(new HostCommand("date", "+%s.%N"), cancellationToken);
        var half = time.GetElapsedTime(began) / 2;
        if (said.ExitCode != 0 || !double.TryParse(said.Output.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
        {
            gaps.Add(new FactGap("clock", said.LastWords));
            return null;
        }

        var offset = seconds - (before + half - DateTimeOffset.UnixEpoch).TotalSeconds;
        return new HostClock(synchronised?.Synchronised, synchronised?.By, Math.Round(offset, 3), Math.Round(half.TotalSeconds, 3));
    }

    private static async Task<IReadOnlyList<NumaCell>> WithFreeMemoryAsync(LibvirtConnection connection, IReadOnlyList<NumaCell> cells, List<FactGap> gaps, CancellationToken cancellationToken)
    {
        var free = cells.Count == 0 ? null : await TryAsync("free memory", gaps, () => connection.FreeMemoryAsync(cells.Max(cell => cell.Id) + 1, cancellationToken));
        var told = new List<NumaCell>();
        foreach (var cell in cells)
        {
            var pools = new List<HugePagePool>();
            foreach (var pool in cell.HugePages)
            {
                var pages = pool.Total == 0 ? 0 : await TryAsync("free huge pages", gaps, async () => (long?)await connection.FreePagesAsync(cell.Id, pool.PageBytes, cancellationToken));
                pools.Add(pool with { Free = pages });
            }

            told.Add(cell with { FreeBytes = free is not null && cell.Id < free.Count ? free[cell.Id] : null, HugePages = pools });
        }

        return told;
    }

    private static async Task<T?> TryAsync<T>(string fact, List<FactGap> gaps, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (MigrateException e)
        {
            gaps.Add(new FactGap(fact, e.Message));
            return default;
        }
    }

    private static CpuFacts Processor(string text)
    {
        var facts = text.Split('\n').Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim(), StringComparer.Ordinal);
        return new CpuFacts { Name = facts.GetValueOrDefault("model name"), Flags = facts.GetValueOrDefault("flags", "").Split(' ', StringSplitOptions.RemoveEmptyEntries) };
    }

    /// <summary>Another machine's kernel is not asked for a ring, but for whether it would give one.</summary>
    internal static IoUringState IoUringOf(string text, string? kernel)
    {
        var facts = HostAnswers.Pairs(text);
        return (facts.GetValueOrDefault("disabled"), facts.GetValueOrDefault("call")) switch
        {
            ("1" or "2", _) => new IoUringState(false, $"the sysctl kernel.io_uring_disabled is {facts["disabled"]}"),
            (_, "present") => new IoUringState(true, $"kernel {kernel} has io_uring and no sysctl forbids it; it was not tried"),
            _ => new IoUringState(false, $"kernel {kernel} has no io_uring, or hides its symbols from this login"),
        };
    }

    private static List<string> LunsOf(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(name => name.StartsWith("naa.", StringComparison.Ordinal) || name.StartsWith("eui.", StringComparison.Ordinal))
            .Select(name => name.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal),
    ];
}
