using System.Text.RegularExpressions;

namespace Migrate.Executor.Conversion;

/// <summary>A kernel of a Linux guest and what it has before its root is there.</summary>
/// <param name="Version">As in vmlinuz-VERSION.</param>
/// <param name="Initramfs">Names of the files in its initramfs; null when there is none or it cannot be read.</param>
/// <param name="Config">Its /boot/config-VERSION; null when there is none.</param>
public sealed record GuestKernel(string Version, IReadOnlySet<string>? Initramfs, string? Config);

/// <summary>Whether a Linux guest finds its disk on virtio-scsi as it is. What is not known for sure counts as no: conversion does no harm.</summary>
public static partial class VirtioInside
{
    private static readonly (string Module, string Option)[] Needed = [("virtio_pci", "CONFIG_VIRTIO_PCI"), ("virtio_scsi", "CONFIG_SCSI_VIRTIO"), ("sd_mod", "CONFIG_BLK_DEV_SD")];

    /// <summary>Whether each kernel has what it needs, and why that is thought.</summary>
    public static (bool Inside, string Why) Of(IReadOnlyList<GuestKernel> kernels)
    {
        if (kernels.Count == 0)
        {
            return (false, "no kernel was found in /boot");
        }

        foreach (var kernel in kernels)
        {
            foreach (var (module, option) in Needed)
            {
                if (!IsBuiltIn(kernel, option) && !IsInInitramfs(kernel, module))
                {
                    return (false, kernel.Initramfs is null
                        ? $"what the initramfs of kernel {kernel.Version} has could not be read"
                        : $"the initramfs of kernel {kernel.Version} has no {module}");
                }
            }
        }

        return (true, $"{(kernels.Count == 1 ? "its kernel has" : $"all {kernels.Count} kernels have")} virtio_pci and virtio_scsi built in or in the initramfs ({string.Join(", ", kernels.Select(x => x.Version))})");
    }

    private static bool IsBuiltIn(GuestKernel kernel, string option) =>
        kernel.Config is { } config && config.Split('\n').Any(line => line.TrimEnd() == option + "=y");

    private static bool IsInInitramfs(GuestKernel kernel, string module) => kernel.Initramfs is { } names && names.Any(name =>
        Module().Match(name) is { Success: true } match && match.Groups["version"].Value == kernel.Version && match.Groups["module"].Value.Replace('-', '_') == module);

    [GeneratedRegex(@"^(?:usr/)?lib/modules/(?<version>[^/]+)/.*?(?<module>[^/]+)\.ko(?:\.(?:xz|gz|zst))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Module();
}
