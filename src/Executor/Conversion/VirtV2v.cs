using System.Globalization;
using System.Xml.Linq;
using Migrate.Planner;

namespace Migrate.Executor.Conversion;

/// <summary>Runs virt-v2v-in-place on overlays.</summary>
internal static class VirtV2v
{
    /// <returns>Its version.</returns>
    /// <exception cref="MigrateException"><c>conversion.failed</c>, <c>conversion.block-driver</c>.</exception>
    public static async Task<string> RunAsync(
        ConversionTool tool, string vm, bool isWindows, IReadOnlyList<string> overlays, ConversionOptions options, CancellationToken cancellationToken)
    {
        var program = ConversionPrograms.Path(ConversionPrograms.VirtV2vInPlace);
        var version = (await tool.RunAsync("version", [program, "--version"], options.InspectionLimit, null, cancellationToken)).Output.Trim();
        List<string> command = [program, "--root", "single"];
        if (isWindows)
        {
            var known = await tool.RunAsync("options", [program, "--long-options"], options.InspectionLimit, null, cancellationToken);
            if (!known.Output.Contains("--block-driver", StringComparison.Ordinal))
            {
                throw new MigrateException(
                    "conversion.block-driver", $"{version} of this machine can only make Windows start from virtio-blk, and the domain of '{vm}' has a virtio-scsi disk.",
                    "Install a virt-v2v that knows --block-driver, then retry the run.");
            }

            command.AddRange(["--block-driver", "virtio-scsi"]);
        }

        var description = System.IO.Path.Combine(tool.Directory, "guest.xml");
        await File.WriteAllTextAsync(description, Description(overlays), cancellationToken);
        var result = await tool.RunAsync("virt-v2v", [.. command, "-i", "libvirtxml", description], options.Limit, null, cancellationToken);
        return result.ExitCode == 0 ? version : throw new MigrateException(
            "conversion.failed", $"virt-v2v could not convert the guest of '{vm}': {result.LastWords}",
            "See its log, which 'migrate run show' names. The overlay is thrown away and the copied data is as it was: mend the cause and retry the run, or plan the VM with --convert never.");
    }

    /// <summary>No more than what virt-v2v reads of a domain in this mode: its disks, in their order.</summary>
    internal static string Description(IReadOnlyList<string> overlays) => new XElement(
        "domain",
        new XAttribute("type", "qemu"),
        new XElement("name", "guest"),
        new XElement("memory", new XAttribute("unit", "KiB"), 1 << 20),
        new XElement("vcpu", 1),
        new XElement("os", new XElement("type", new XAttribute("arch", "x86_64"), "hvm")),
        new XElement(
            "devices",
            overlays.Select((path, index) => new XElement(
                "disk",
                new XAttribute("type", "file"),
                new XAttribute("device", "disk"),
                new XElement("driver", new XAttribute("name", "qemu"), new XAttribute("type", "qcow2")),
                new XElement("source", new XAttribute("file", path)),
                new XElement("target", new XAttribute("dev", "sd" + Letters(index)), new XAttribute("bus", "scsi")))))).ToString();

    /// <summary>a to z, then aa …, as the kernel counts.</summary>
    internal static string Letters(int index) =>
        (index < 26 ? "" : Letters((index / 26) - 1)) + ((char)('a' + (index % 26))).ToString(CultureInfo.InvariantCulture);
}
