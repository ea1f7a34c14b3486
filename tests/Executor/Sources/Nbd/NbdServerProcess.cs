using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Migrate.Executor.Sources.Nbd;
using Migrate.Executor.Tests.Copy;

namespace Migrate.Executor.Tests.Sources.Nbd;

/// <summary>An NBD server of the distribution, which listens on a socket in a folder of its own or on a port of the loopback.</summary>
internal sealed class NbdServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TemporaryFolder _folder;

    private NbdServerProcess(Process process, TemporaryFolder folder, NbdEndpoint endpoint) => (_process, _folder, Endpoint) = (process, folder, endpoint);

    public NbdEndpoint Endpoint { get; }

    public static Task<NbdServerProcess> NbdkitAsync(params string[] arguments)
    {
        var folder = new TemporaryFolder();
        var socket = folder.File("nbd.sock");
        return StartAsync("nbdkit", ["--foreground", "--readonly", "--unix", socket, .. arguments], folder, new NbdEndpoint(new UnixDomainSocketEndPoint(socket)));
    }

    public static Task<NbdServerProcess> QemuAsync(string image, string format, int clients = 8)
    {
        var folder = new TemporaryFolder();
        var socket = folder.File("nbd.sock");
        return StartAsync("qemu-nbd", ["--read-only", "--persistent", $"--shared={clients}", "--socket", socket, "--export-name", "disk", "--format", format, image],
            folder, new NbdEndpoint(new UnixDomainSocketEndPoint(socket), "disk"));
    }

    /// <summary>It goes to the background; what it leaves is the number of the process that listens.</summary>
    public static async Task<NbdServerProcess> NbdServerAsync(string image)
    {
        var folder = new TemporaryFolder();
        var port = Ports.Free();
        await File.WriteAllTextAsync(folder.File("config"), $"[generic]\nport = {port}\nlistenaddr = 127.0.0.1\n[disk]\nexportname = {image}\nreadonly = true\n", TestContext.Current.CancellationToken);
        await Programs.OutputOfAsync("nbd-server", "-C", folder.File("config"), "-p", folder.File("pid"));
        var pid = "";
        // Whole only with its line's end: another number would be another process.
        while (!pid.EndsWith('\n'))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            pid = File.Exists(folder.File("pid")) ? await File.ReadAllTextAsync(folder.File("pid"), TestContext.Current.CancellationToken) : "";
        }
        var listening = Process.GetProcessById(int.Parse(pid));
        return await AnsweringAsync(new NbdServerProcess(listening, folder, new NbdEndpoint(new IPEndPoint(IPAddress.Loopback, port), "disk")), "nbd-server");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    public async Task StopAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    private static Task<NbdServerProcess> StartAsync(string program, string[] arguments, TemporaryFolder folder, NbdEndpoint endpoint)
        => AnsweringAsync(new NbdServerProcess(Programs.Start(new ProcessStartInfo(program, arguments)), folder, endpoint), $"{program} {string.Join(' ', arguments)}");

    private static async Task<NbdServerProcess> AnsweringAsync(NbdServerProcess server, string what)
    {
        while (!await AnswersAsync(server.Endpoint.EndPoint))
        {
            server._process.HasExited.ShouldBeFalse($"{what} ended");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        return server;
    }

    private static async Task<bool> AnswersAsync(EndPoint endpoint)
    {
        using var socket = endpoint is UnixDomainSocketEndPoint ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
