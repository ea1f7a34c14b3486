using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Migrate.Tests.Machine;

/// <summary>An OpenSSH server of a test's own on loopback, with keys that nobody else has: the user of the test can log in to it by one.</summary>
internal sealed class SshServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("migrate-sshd-");
    private Process? _process;

    public const string Host = "127.0.0.1";

    public static string User => Environment.UserName;

    public int Port { get; private init; }

    /// <summary>The key that may come in.</summary>
    public string Key => At("key");

    /// <summary>A key that may not.</summary>
    public string Stranger => At("stranger");

    /// <summary>The server's key under its address.</summary>
    public string KnownHosts => At("known_hosts");

    /// <summary>Another key under its address.</summary>
    public string WrongKnownHosts => At("wrong_known_hosts");

    public string EmptyKnownHosts => At("empty_known_hosts");

    /// <summary>As ssh-keygen prints it: SHA256:…</summary>
    public string Fingerprint { get; private set; } = "";

    /// <param name="settings">Lines of sshd_config beside the test's own.</param>
    public static async Task<SshServer> StartAsync(params string[] settings)
    {
        var server = new SshServer { Port = Ports.Free() };
        try
        {
            await server.RunAsync(settings);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _directory.Delete(recursive: true);
    }

    private async Task RunAsync(string[] settings)
    {
        foreach (var name in new[] { "host", "other", "key", "stranger" })
        {
            await Programs.OutputOfAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", At(name));
        }

        Fingerprint = (await Programs.OutputOfAsync("ssh-keygen", "-lf", At("host.pub"))).Split(' ')[1];
        await KnowAsync(KnownHosts, "host.pub");
        await KnowAsync(WrongKnownHosts, "other.pub");
        await File.WriteAllTextAsync(EmptyKnownHosts, "");
        File.Copy(At("key.pub"), At("authorized_keys"));
        await File.WriteAllLinesAsync(At("config"),
        [
            string.Create(CultureInfo.InvariantCulture, $"Port {Port}"), $"ListenAddress {Host}", $"HostKey {At("host")}", "PidFile none", $"AuthorizedKeysFile {At("authorized_keys")}",
            "PasswordAuthentication no", "KbdInteractiveAuthentication no", "UsePAM no", "StrictModes no", "PermitRootLogin yes", .. settings,
        ]);
        // As root sshd wants its directory for the unprivileged half, which the distribution makes when it starts the service.
        Directory.CreateDirectory("/run/sshd");
        _process = Programs.Start(new ProcessStartInfo("/usr/sbin/sshd", ["-D", "-f", At("config"), "-E", At("log")]));
        var began = TimeProvider.System.GetTimestamp();
        while (!await ListensAsync())
        {
            _process.HasExited.ShouldBeFalse(File.Exists(At("log")) ? await File.ReadAllTextAsync(At("log")) : "sshd ended");
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Patience, "sshd does not listen");
            await Task.Delay(50);
        }
    }

    private async Task KnowAsync(string file, string key) =>
        await File.WriteAllTextAsync(file, $"[{Host}]:{Port.ToString(CultureInfo.InvariantCulture)} " + await File.ReadAllTextAsync(At(key)));

    private async Task<bool> ListensAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Host, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string At(string name) => Path.Combine(_directory.FullName, name);
}
