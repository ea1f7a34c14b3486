using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Migrate.EndToEnd.Tests.Guest;
using Migrate.Executor.Destinations;
using Migrate.Executor.Destinations.Commands;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>
/// A KVM host that is another machine: a guest with a kernel, a libvirt and an NVMe/TCP initiator of its own, reached by SSH. What listens on this machine's
/// loopback is <see cref="Gateway"/> to it. Started once for the tests of a class.
/// </summary>
public sealed class KvmHostGuest : IAsyncLifetime
{
    /// <summary>This machine's loopback, as the guest reaches it.</summary>
    public const string Gateway = "10.0.2.2";

    /// <summary>Two minutes on a quiet machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private readonly string _directory = LibvirtFixture.NewDirectory();
    private readonly StringBuilder _console = new();
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _port = Ports.Free();
    private Process? _process;

    public string Uri => string.Create(CultureInfo.InvariantCulture, $"qemu+ssh://root@127.0.0.1:{_port}/system?keyfile={At("key")}&known_hosts={At("known_hosts")}");

    public string Console
    {
        get
        {
            lock (_console)
            {
                return _console.ToString();
            }
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Task<LibvirtConnection> ConnectAsync() => LibvirtConnection.OpenAsync(Uri, TimeProvider.System, Cancellation);

    /// <summary>What a shell of the guest says; a status other than 0 fails the test.</summary>
    public async Task<string> RunAsync(string script)
    {
        var result = await HostFactsReader.CommandsFor(Uri, TimeProvider.System)!.RunAsync(new HostCommand("sh", "-s") { Input = script, Limit = TimeSpan.FromMinutes(5) }, Cancellation);
        result.ExitCode.ShouldBe(0, result.Output + result.Errors);
        return result.Output.Trim();
    }

    public async ValueTask InitializeAsync()
    {
        var image = await GuestImage.PrepareAsync(CancellationToken.None);
        var disk = await DiskAsync();
        foreach (var name in new[] { "host", "key" })
        {
            await Programs.OutputOfAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", At(name));
        }

        File.Copy(At("key.pub"), At("authorized_keys"));
        await File.WriteAllTextAsync(At("known_hosts"), $"[127.0.0.1]:{_port.ToString(CultureInfo.InvariantCulture)} {await File.ReadAllTextAsync(At("host.pub"))}");
        string[] arguments =
        [
            Repository.PathOf("eng", "guest", "boot.sh"), "-m", "1280", "-t", "7200", "-P", At("pid"), "-f", string.Create(CultureInfo.InvariantCulture, $"hostfwd=tcp:127.0.0.1:{_port}-:22"),
            "-p", At("host"), "-p", At("authorized_keys"), image.KernelDirectory, image.Initramfs, Repository.PathOf("eng", "guest", "kvmhost-job.sh"),
            "--", "-drive", $"file={disk},format=raw,if=virtio,snapshot=on",
        ];
        _process = Shell.Start("bash", arguments, Take);
        var first = await Task.WhenAny(_up.Task, _process.WaitForExitAsync(CancellationToken.None), Task.Delay(Patience));
        (first == _up.Task).ShouldBeTrue($"the KVM host does not come up:\n{Console}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            if (File.Exists(At("pid")) && int.TryParse(await File.ReadAllTextAsync(At("pid")), CultureInfo.InvariantCulture, out var pid))
            {
                using var qemu = Process.GetProcessById(pid);
                qemu.Kill();
            }

            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Made once per machine, and anew when its script changes.</summary>
    private static async Task<string> DiskAsync()
    {
        var script = Repository.PathOf("eng", "guest", "kvmhost.sh");
        var fingerprint = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(script)))[..12];
        var disk = Path.Combine(Repository.Artifacts, $"kvmhost-{fingerprint}.raw");
        if (!File.Exists(disk))
        {
            await Programs.OutputOfAsync("bash", script, disk);
        }

        return disk;
    }

    private void Take(string line)
    {
        lock (_console)
        {
            _console.AppendLine(line);
        }

        if (line.StartsWith("KVMHOST-UP", StringComparison.Ordinal))
        {
            _up.TrySetResult();
        }
    }

    private string At(string name) => Path.Combine(_directory, name);
}
