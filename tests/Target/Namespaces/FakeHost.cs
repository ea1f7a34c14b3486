using Migrate.Target.Namespaces;

namespace Migrate.Target.Tests.Namespaces;

/// <summary>A /proc and /sys that say what a test wants, for what this machine's kernel does not have.</summary>
internal sealed class FakeHost(string directory)
{
    public HostTree Tree { get; } = new(Path.Combine(directory, "proc"), Path.Combine(directory, "sys"));

    public FakeHost With(string path, string content)
    {
        var full = Path.Combine(directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        return this;
    }

    /// <summary>A device as sysfs shows it: its directory, and the link to it by number.</summary>
    public FakeHost WithDevice(string path, string number)
    {
        var full = Path.Combine(Tree.Sys, "devices", path);
        With($"sys/devices/{path}/dev", number + "\n");
        Directory.CreateDirectory(Path.Combine(full, "holders"));
        Directory.CreateDirectory(Path.Combine(Tree.Sys, "dev/block"));
        Directory.CreateSymbolicLink(Path.Combine(Tree.Sys, "dev/block", number), full);
        return this;
    }

    /// <summary>Says that one device is built on the other, from both ends, as the kernel does.</summary>
    public FakeHost WithHolder(string below, string above)
    {
        Link(below, "holders", above);
        Link(above, "slaves", below);
        return this;
    }

    private void Link(string device, string kind, string other)
    {
        var links = Directory.CreateDirectory(Path.Combine(Tree.Sys, "devices", device, kind)).FullName;
        Directory.CreateSymbolicLink(Path.Combine(links, Path.GetFileName(other)), Path.Combine(Tree.Sys, "devices", other));
    }
}
