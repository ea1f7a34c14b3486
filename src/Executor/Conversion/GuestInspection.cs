using System.Text;

namespace Migrate.Executor.Conversion;

/// <summary>Looks into a VM's disks with guestfish, through overlays that are thrown away: the disks are only read.</summary>
internal static class GuestInspection
{
    private const string Mark = "== ";

    /// <summary>Files that may name devices. A device name in one that is not here stays what virt-v2v makes of it.</summary>
    private static readonly string[] Files =
    [
        "/etc/fstab", "/etc/crypttab", "/etc/default/grub", "/etc/kernel/cmdline", "/etc/initramfs-tools/conf.d/resume",
        "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg", "/boot/grub/menu.lst", "/boot/grub/grub.conf",
    ];

    /// <summary>With what can name devices in them: entries of boot loaders.</summary>
    private static readonly (string Path, string Pattern)[] Directories = [("/boot/loader/entries", "*.conf"), ("/boot/efi/EFI", "grub.cfg"), ("/boot/efi/loader/entries", "*.conf")];

    /// <param name="tool">Works in a directory of its own, where this puts what it takes out of the guest.</param>
    /// <param name="images">qcow2 overlays of the disks, in the order in which the VM has them.</param>
    /// <param name="limit">For each of the two looks that it takes at most.</param>
    /// <param name="cancellationToken">Ends the tool.</param>
    public static async Task<GuestFacts> RunAsync(ConversionTool tool, IReadOnlyList<string> images, TimeSpan limit, CancellationToken cancellationToken)
    {
        var place = Directory.CreateDirectory(Path.Combine(tool.Directory, "guest")).FullName;
        foreach (var directory in Files.Select(x => Path.GetDirectoryName(x)!).Concat(Directories.Select(x => Path.GetDirectoryName(x.Path)!)).Append("/kernels").Distinct())
        {
            Directory.CreateDirectory(place + directory);
        }

        List<string> command = ["guestfish", "--ro", "--format=qcow2", .. images.SelectMany(x => (string[])["-a", x])];
        var opened = await tool.RunAsync("inspect", [.. command, "-i"], limit, OpenScript(), cancellationToken);
        if (opened.ExitCode == 0)
        {
            return await ReadAsync(opened.Output, place, cancellationToken);
        }

        var looked = await tool.RunAsync("look", command, limit, LookScript, cancellationToken);
        return looked.ExitCode == 0 && Sections(looked.Output) is var sections
            ? new GuestFacts { IsOpen = false, Said = opened.LastWords, Devices = DevicesOf(sections), Systems = LinesOf(sections, "roots") }
            : throw new Planner.MigrateException(
                "conversion.inspection-failed", $"The disks cannot be looked into: {looked.LastWords}",
                "See that libguestfs works on this machine (libguestfs-test-tool), then retry the run; the copied data is as it was.");
    }

    /// <summary>Null when it can be written, in the overlays: each file's new text under the same place as it was taken out to.</summary>
    public static async Task<ToolResult> WriteAsync(
        ConversionTool tool, IReadOnlyList<string> overlays, IReadOnlyDictionary<string, string> files, TimeSpan limit, CancellationToken cancellationToken)
    {
        var script = new StringBuilder();
        var number = 0;
        foreach (var (path, text) in files)
        {
            var local = Path.Combine(tool.Directory, $"new-{number++}");
            await File.WriteAllTextAsync(local, text, Encoding.Latin1, cancellationToken);
            script.Append("upload ").Append(Quoted(local)).Append(' ').Append(Quoted(path)).Append('\n');
        }

        List<string> command = ["guestfish", "--rw", "--format=qcow2", .. overlays.SelectMany(x => (string[])["-a", x]), "-i"];
        return await tool.RunAsync("rename", command, limit, script.ToString(), cancellationToken);
    }

    /// <summary>By libguestfs' own calls: only they name devices as the guest does, whatever the order in which its small VM finds them.</summary>
    private const string DevicesScript = $$"""
        echo "{{Mark}}filesystems"
        -list-filesystems
        list-devices | cat > devices
        list-partitions | cat >> devices
        <! while read -r d; do printf 'echo "{{Mark}}device %s"\n-blkid "%s"\n' "$d" "$d"; done < devices
        """;

    internal static string OpenScript()
    {
        var script = new StringBuilder($"""
            {DevicesScript}
            echo "{Mark}roots"
            inspect-get-roots
            inspect-get-roots | cat > roots
            <! while read -r r; do for w in type distro product-name; do printf 'echo "{Mark}%s"\ninspect-get-%s "%s"\n' "$w" "$w" "$r"; done; done < roots
            echo "{Mark}boot"
            -ls /boot
            -download-offset /hiberfil.sys guest/hiberfil 0 16

            """.Replace("\r", "", StringComparison.Ordinal));
        foreach (var file in Files)
        {
            script.Append($"-download {file} guest{file}\n");
        }

        foreach (var (path, _) in Directories)
        {
            script.Append($"-copy-out {path} guest{Path.GetDirectoryName(path)}\n");
        }

        foreach (var pattern in (string[])["/boot/initrd*", "/boot/initramfs*", "/boot/config-*"])
        {
            script.Append($"-glob copy-out {pattern} guest/kernels\n");
        }

        return script.ToString();
    }

    internal static string LookScript { get; } = $"""
        run
        {DevicesScript}
        echo "{Mark}roots"
        -inspect-os

        """;

    internal static async Task<GuestFacts> ReadAsync(string output, string place, CancellationToken cancellationToken)
    {
        var sections = Sections(output);
        var hibernation = Path.Combine(place, "hiberfil");
        return new GuestFacts
        {
            IsOpen = true,
            Devices = DevicesOf(sections),
            Systems = LinesOf(sections, "roots"),
            Type = LinesOf(sections, "type").FirstOrDefault(""),
            Distribution = LinesOf(sections, "distro").FirstOrDefault(""),
            Product = Called(LinesOf(sections, "product-name").FirstOrDefault(""), LinesOf(sections, "distro").FirstOrDefault("")),
            HibernationFile = File.Exists(hibernation) ? await File.ReadAllBytesAsync(hibernation, cancellationToken) : null,
            Kernels = await KernelsAsync(LinesOf(sections, "boot"), Path.Combine(place, "kernels"), cancellationToken),
            Files = await FilesAsync(place, cancellationToken),
        };
    }

    internal static Dictionary<string, List<string>> Sections(string output)
    {
        var sections = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var now = sections[""] = [];
        foreach (var line in output.Split('\n'))
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal))
            {
                now = sections[line[Mark.Length..].Trim()] = [];
            }
            else if (line.Trim().Length > 0)
            {
                now.Add(line.Trim());
            }
        }

        return sections;
    }

    /// <summary>Of blkid, which tells most; what only list-filesystems knows is taken from there.</summary>
    internal static Dictionary<string, GuestDevice> DevicesOf(Dictionary<string, List<string>> sections)
    {
        const string Device = "device ";
        var devices = new Dictionary<string, GuestDevice>(StringComparer.Ordinal);
        foreach (var (section, lines) in sections.Where(x => x.Key.StartsWith(Device, StringComparison.Ordinal)))
        {
            var (name, tags) = (section[Device.Length..], lines.Select(x => x.Split(": ", 2)).Where(x => x.Length == 2).DistinctBy(x => x[0]).ToDictionary(x => x[0], x => x[1]));
            devices[name] = new GuestDevice(name, tags.GetValueOrDefault("TYPE", ""), tags.GetValueOrDefault("UUID"), tags.GetValueOrDefault("PART_ENTRY_UUID") ?? tags.GetValueOrDefault("PARTUUID"));
        }

        foreach (var line in LinesOf(sections, "filesystems"))
        {
            if (line.Split(": ", 2) is [var name, var type] && type != "unknown" && (!devices.TryGetValue(name, out var known) || known.Type.Length == 0))
            {
                devices[name] = new GuestDevice(name, type, known?.Uuid, known?.PartUuid);
            }
        }

        return devices;
    }

    /// <summary>libguestfs takes the number alone for a name where /etc/debian_version is all that it finds.</summary>
    private static string Called(string product, string distribution) => product is [>= '0' and <= '9', ..] ? $"{distribution} {product}" : product;

    private static List<string> LinesOf(Dictionary<string, List<string>> sections, string name) => sections.GetValueOrDefault(name, []);

    private static async Task<IReadOnlyList<GuestKernel>> KernelsAsync(IEnumerable<string> boot, string place, CancellationToken cancellationToken)
    {
        List<GuestKernel> kernels = [];
        foreach (var version in boot.Where(x => x.StartsWith("vmlinuz-", StringComparison.Ordinal) && !x.Contains("rescue", StringComparison.Ordinal)).Select(x => x["vmlinuz-".Length..]))
        {
            var config = Path.Combine(place, $"config-{version}");
            var initramfs = ((string[])[$"initrd.img-{version}", $"initramfs-{version}.img", $"initrd-{version}"]).Select(x => Path.Combine(place, x)).FirstOrDefault(IsPlainFile);
            kernels.Add(new GuestKernel(
                version,
                initramfs is null ? null : await InitramfsNames.ReadAsync(initramfs, cancellationToken),
                IsPlainFile(config) ? await File.ReadAllTextAsync(config, cancellationToken) : null));
        }

        return kernels;
    }

    private static async Task<Dictionary<string, string>> FilesAsync(string place, CancellationToken cancellationToken)
    {
        var found = Files.Select(x => place + x)
            .Concat(Directories.Where(x => new DirectoryInfo(place + x.Path) is { Exists: true, LinkTarget: null }).SelectMany(x => Directory.GetFiles(place + x.Path, x.Pattern, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })))
            .Where(IsPlainFile);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in found)
        {
            files[file[place.Length..]] = await File.ReadAllTextAsync(file, Encoding.Latin1, cancellationToken);
        }

        return files;
    }

    /// <summary>What a guest calls a file may be a link, and would lead to one of this machine.</summary>
    private static bool IsPlainFile(string path) => new FileInfo(path) is { Exists: true, LinkTarget: null };

    private static string Quoted(string path) => '"' + path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';
}
