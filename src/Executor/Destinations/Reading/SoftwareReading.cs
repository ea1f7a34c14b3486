using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Migrate.Executor.Destinations.Facts;

namespace Migrate.Executor.Destinations.Reading;

/// <summary>Distribution, programs, drivers for Windows, firmware, clock and tuning from a host's answers.</summary>
internal static partial class SoftwareReading
{
    /// <summary>virtio-win's directories, one per release of Windows.</summary>
    private static readonly string[] WindowsNames = ["xp", "2k3", "2k8", "w7", "2k8R2", "w8", "2k12", "w8.1", "2k12R2", "w10", "2k16", "2k19", "w11", "2k22", "2k25"];

    public static HostDistribution Distribution(string text)
    {
        var facts = text.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .DistinctBy(pair => pair[0].Trim()).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim().Trim('"', '\''), StringComparer.Ordinal);
        return new HostDistribution(
            facts.GetValueOrDefault("ID", "linux"), facts.GetValueOrDefault("VERSION_ID", ""), facts.GetValueOrDefault("PRETTY_NAME", ""),
            facts.GetValueOrDefault("ID_LIKE", "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    public static HostSoftware Software(string text)
    {
        var facts = HostAnswers.Pairs(text);
        return new HostSoftware
        {
            IsRoot = facts.GetValueOrDefault("uid") is { } uid ? uid == "0" : null,
            NvmeTcp = facts.GetValueOrDefault("nvme-tcp"),
            NvmeMultipath = facts.GetValueOrDefault("multipath") is { } multipath ? multipath is "Y" or "1" : null,
            NvmeCli = VersionIn(facts.GetValueOrDefault("nvme-cli")),
            NvmeAutoconnect = facts.GetValueOrDefault("autoconnect"),
            VirtV2v = VersionIn(facts.GetValueOrDefault("virt-v2v")),
            VirtV2vInPlace = facts.GetValueOrDefault("in-place"),
            Swtpm = VersionIn(facts.GetValueOrDefault("swtpm")),
        };
    }

    /// <summary>Paths like drivers/by-os/amd64/2k22/vioscsi.inf (the package) or vioscsi/2k22/amd64/vioscsi.inf (the ISO); x86_64 only.</summary>
    public static VirtioWin? VirtioWin(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var place = lines.FirstOrDefault(line => line.StartsWith("place ", StringComparison.Ordinal))?[6..];
        return place is null ? null : new VirtioWin(place,
        [
            .. lines.Where(line => line.EndsWith(".inf", StringComparison.OrdinalIgnoreCase)).Select(line => line.Split('/'))
                .Where(parts => parts.Contains("amd64", StringComparer.OrdinalIgnoreCase))
                .Select(parts => (Windows: WindowsNames.FirstOrDefault(name => parts.Contains(name, StringComparer.OrdinalIgnoreCase)), Driver: parts[^1][..^4]))
                .Where(one => one.Windows is not null).Select(one => new VirtioWinDriver(one.Driver, one.Windows!)).Distinct()
                .OrderBy(one => one.Driver, StringComparer.Ordinal).ThenBy(one => Array.IndexOf(WindowsNames, one.Windows)),
        ]);
    }

    /// <summary>QEMU, docs/interop/firmware.json. A descriptor that cannot be read is passed over by libvirt, too.</summary>
    public static IReadOnlyList<HostFirmware> Firmware(string text)
    {
        var found = new List<HostFirmware>();
        foreach (var part in ("\n" + text).Split("\n@file ")[1..])
        {
            var file = part[..part.IndexOf('\n')].Trim();
            try
            {
                using var document = JsonDocument.Parse(part[part.IndexOf('\n')..]);
                found.Add(Firmware(file, document.RootElement));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
            }
        }

        return found;
    }

    public static (bool? Synchronised, string By) Clock(string text)
    {
        var words = text.Trim().Split(' ', 2);
        return words switch
        {
            ["timedatectl", var said] => (said == "yes", $"timedatectl: NTPSynchronized={said}"),
            ["chronyc", var said] => (!said.StartsWith("Not synchronised", StringComparison.Ordinal), $"chronyc: leap status {said}"),
            _ => throw new FormatException(text.Trim()),
        };
    }

    public static HostTuning Tuning(string text)
    {
        var facts = HostAnswers.Pairs(text);
        return new HostTuning
        {
            Governor = facts.GetValueOrDefault("governor"),
            TransparentHugePages = facts.GetValueOrDefault("thp") is { } all && Chosen().Match(all) is { Success: true } chosen ? chosen.Groups[1].Value : null,
            IsolatedCpus = facts.GetValueOrDefault("isolated"),
            Load = facts.GetValueOrDefault("load") is { } load ? double.Parse(load, CultureInfo.InvariantCulture) : null,
            LvmFilter = facts.GetValueOrDefault("lvm-filter"),
            LvmDevicesFile = facts.GetValueOrDefault("lvm-devices-file") is { } devices ? devices.EndsWith("=1", StringComparison.Ordinal) : null,
        };
    }

    /// <summary>The first thing that looks like a version: "nvme version 2.3 (git 2.3)", "TPM emulator version 0.7.1, …".</summary>
    public static string? VersionIn(string? text) => text is not null && Number().Match(text) is { Success: true } version ? version.Value : null;

    private static HostFirmware Firmware(string file, JsonElement json)
    {
        var mapping = json.GetProperty("mapping");
        var executable = mapping.TryGetProperty("executable", out var flash) ? flash.GetProperty("filename").GetString()
            : mapping.TryGetProperty("filename", out var plain) ? plain.GetString() : null;
        var template = mapping.TryGetProperty("nvram-template", out var nvram) ? nvram.GetProperty("filename").GetString() : null;
        return new HostFirmware(
            file, executable ?? "", template, Words(json, "interface-types"),
            [.. json.GetProperty("targets").EnumerateArray().Where(target => target.GetProperty("architecture").GetString() == "x86_64").SelectMany(target => Words(target, "machines"))],
            Words(json, "features"));
    }

    private static List<string> Words(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(word => word.GetString() ?? "")] : [];

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\[(\w+)\]")]
    private static partial Regex Chosen();
}
