using Migrate.Executor.Attachments;
using Migrate.Executor.Destinations.Commands;

namespace Migrate.Executor.Tests.Attachments;

/// <summary>
/// A root directory in which an nvme-cli of ours makes and removes what a kernel would show in /sys and /dev. The scripts that are run are the real ones; that
/// real kernels answer so is tried end to end.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class ScriptedKernel : IDisposable
{
    public const string Nqn = "nqn.2026-01.org.migrate:target";
    public static readonly InitiatorName Name = new("nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-555555555555");

    // Not below /tmp, which may be in memory and refuse direct reads.
    private readonly DirectoryInfo _root = Directory.CreateDirectory(Path.Combine("/var/tmp", $"migrate-initiator-{Guid.NewGuid():N}"));

    public ScriptedKernel()
    {
        foreach (var directory in new[] { "bin", "sys/class/nvme", "sys/class/nvme-subsystem/nvme-subsys0", "sys/class/block", "sys/module/nvme_tcp", "sys/class/net/br0/bridge", "dev/disk/by-id", "proc", "waiting" })
        {
            _root.CreateSubdirectory(directory);
        }

        Program("id", "echo 0");
        Program("modprobe", "exit 0");
        Program("udevadm", "exit 0");
        Program("nvme", """
            echo "$*" >> "$ROOT/calls"
            for a; do case $a in --traddr=*) t=${a#*=};; --trsvcid=*) s=${a#*=};; --nqn=*) q=${a#*=};; --hostnqn=*) h=${a#*=};; --device=*) d=${a#*=};; esac; done
            case $1 in
            connect)
              if [ -e "$ROOT/refuse-$t" ]; then echo "Failed to write to /dev/nvme-fabrics: Connection refused" >&2; exit 1; fi
              n=$(ls "$ROOT/sys/class/nvme" | wc -l) c=$ROOT/sys/class/nvme/nvme$n
              mkdir "$c"; echo "traddr=$t,trsvcid=$s,src_addr=10.0.4.7" > "$c/address"; echo "$q" > "$c/subsysnqn"; echo "$h" > "$c/hostnqn"; echo live > "$c/state"
              mkdir -p "$ROOT/sys/class/nvme-subsystem/nvme-subsys0/nvme$n"
              for f in "$ROOT"/waiting/*; do [ ! -L "$f" ] || mv "$f" "$ROOT/dev/disk/by-id/nvme-uuid.${f##*/}"; done;;
            disconnect) rm -r "$ROOT/sys/class/nvme/$d" "$ROOT/sys/class/nvme-subsystem/nvme-subsys0/$d";;
            esac
            """);
    }

    public string Root => _root.FullName;

    public HostInitiator Initiator => new(new LocalCommands(TimeProvider.System), Root) { Seconds = 2 };

    /// <summary>What nvme-cli was called with.</summary>
    public IReadOnlyList<string> Calls => File.Exists(At("calls")) ? File.ReadAllLines(At("calls")) : [];

    public string At(string path) => Path.Combine(Root, path);

    public void Program(string name, string script)
    {
        File.WriteAllText(At($"bin/{name}"), $"#!/bin/sh\nROOT={Root}\n{script}\n");
        File.SetUnixFileMode(At($"bin/{name}"), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
    }

    /// <summary>A namespace that appears with the next connection.</summary>
    public string Namespace(Guid uuid, string device, byte[] bytes)
    {
        File.WriteAllBytes(At($"dev/{device}"), bytes);
        Directory.CreateDirectory(At($"sys/class/block/{device}/holders"));
        Directory.CreateDirectory(At($"sys/class/nvme-subsystem/nvme-subsys0/{device}"));
        File.WriteAllText(At($"sys/class/block/{device}/uuid"), $"{uuid:D}\n");
        File.WriteAllText(At($"sys/class/block/{device}/size"), $"{bytes.Length / 512}\n");
        File.CreateSymbolicLink(At($"waiting/{uuid:D}"), $"../../{device}");
        return At($"dev/{device}");
    }

    /// <summary>A process of the host has a device open.</summary>
    public void Open(string device, string program)
    {
        Directory.CreateDirectory(At("proc/4711/fd"));
        File.WriteAllText(At("proc/4711/comm"), program + "\n");
        File.CreateSymbolicLink(At("proc/4711/fd/9"), $"/dev/{device}");
    }

    public void Close() => Directory.Delete(At("proc/4711"), recursive: true);

    public void Dispose() => _root.Delete(recursive: true);
}
