using System.Globalization;
using System.Xml.Linq;

namespace Migrate.Executor.Destinations;

/// <summary>What libvirt says that domains of a host may have; null where it does not say.</summary>
internal sealed record HostFeatures(bool? Efi, bool? SecureBoot, bool? TpmEmulator)
{
    private const string SystemFiles = "/sys";
    private static readonly string[] KvmModules = ["kvm_intel", "kvm_amd"];

    /// <summary>From libvirt's domain capabilities. Releases before 5.3 have no list of firmware, those before 8.0 none of TPMs.</summary>
    public static HostFeatures Of(XElement capabilities)
    {
        var os = capabilities.Element("os");
        var tpm = capabilities.Element("devices")?.Element("tpm");
        return new HostFeatures(
            Offers(os, "firmware", "efi"),
            Offers(os?.Element("loader"), "secure", "yes"),
            tpm is null ? null : (string?)tpm.Attribute("supported") == "yes" && Offers(tpm, "backendModel", "emulator") == true);
    }

    /// <summary>From the topology's cells: pools of pages that are larger than ordinary ones.</summary>
    public static long? HugePageBytes(IReadOnlyList<XElement> cells)
    {
        List<XElement> pools = [.. cells.Elements("pages").Where(pages => (string?)pages.Attribute("unit") == "KiB")];
        return pools.Count == 0 ? null : pools.Select(pages => (Size: (long?)pages.Attribute("size") ?? 0, Count: long.Parse(pages.Value, CultureInfo.InvariantCulture)))
            .Where(pool => pool.Size > 4).Sum(pool => pool.Size * pool.Count * 1024);
    }

    /// <summary>The switch of whichever of kvm's modules is loaded.</summary>
    public static bool? Nested(string root = SystemFiles) => KvmModules.Select(module => Read(Path.Combine(root, "module", module, "parameters", "nested")))
        .OfType<string>().Select(text => (bool?)(text is "Y" or "1")).FirstOrDefault();

    /// <summary>The world-wide names of this machine's SCSI disks and NVMe namespaces, which vSphere uses, too.</summary>
    public static IReadOnlyList<string> Luns(string root = SystemFiles)
    {
        var blocks = Path.Combine(root, "class", "block");
        return !Directory.Exists(blocks) ? [] :
        [
            .. Directory.EnumerateFileSystemEntries(blocks).SelectMany(block => new[] { Read(Path.Combine(block, "device", "wwid")), Read(Path.Combine(block, "wwid")) })
                .OfType<string>().Where(name => name.StartsWith("naa.", StringComparison.Ordinal) || name.StartsWith("eui.", StringComparison.Ordinal))
                .Select(name => name.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Null where the list is absent; a list without the value says no.</summary>
    private static bool? Offers(XElement? parent, string list, string value) => parent?.Elements("enum").FirstOrDefault(e => (string?)e.Attribute("name") == list) is { } known
        ? known.Elements("value").Any(v => v.Value == value)
        : null;

    private static string? Read(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
