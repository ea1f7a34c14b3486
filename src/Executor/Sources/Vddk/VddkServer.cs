using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using Migrate.Executor.Sources.Nbd;
using Migrate.Planner;

namespace Migrate.Executor.Sources.Vddk;

/// <summary>nbdkit with its VDDK plugin, for one disk, on a socket in a directory that only we may enter. Disposing ends it.</summary>
internal sealed class VddkServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly List<string> _said;

    private VddkServer(Process process, DirectoryInfo folder, List<string> said, NbdEndpoint endpoint) => (_process, _folder, _said, Endpoint) = (process, folder, said, endpoint);

    public NbdEndpoint Endpoint { get; }

    public static async Task<VddkServer> StartAsync(VddkOptions options, VddkDisk disk, TimeProvider time, CancellationToken cancellationToken)
    {
        await CheckAsync(options, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("migrate-vddk-"); // mode 0700
        VddkServer? server = null;
        try
        {
            var (socket, password) = (Path.Combine(folder.FullName, "nbd.sock"), Path.Combine(folder.FullName, "password"));
            await WriteSecretAsync(password, disk.Access.Password, cancellationToken);
            var start = new ProcessStartInfo(options.Nbdkit, disk.Arguments(options, socket, password)) { RedirectStandardError = true, RedirectStandardInput = true };
            var process = Process.Start(start)!;
            var said = new List<string>();
            process.ErrorDataReceived += (_, line) => Keep(said, line.Data);
            process.BeginErrorReadLine();
            server = new VddkServer(process, folder, said, new NbdEndpoint(new UnixDomainSocketEndPoint(socket)));
            await server.AnswersAsync(options, disk, time, cancellationToken);
            // It was read at the start; a server that answers has no more use for it.
            File.Delete(password);
            return server;
        }
        catch
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
            else
            {
                folder.Delete(recursive: true);
            }
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Whether nbdkit is here and has the plugin, before any password is written.</summary>
    private static async Task CheckAsync(VddkOptions options, CancellationToken cancellationToken)
    {
        try
        {
            using var dump = Process.Start(new ProcessStartInfo(options.Nbdkit, ["--dump-plugin", "vddk"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var errors = dump.StandardError.ReadToEndAsync(cancellationToken);
            await dump.StandardOutput.ReadToEndAsync(cancellationToken);
            await dump.WaitForExitAsync(cancellationToken);
            if (dump.ExitCode != 0)
            {
                throw Missing($"nbdkit has no VDDK plugin ({(await errors).Split('\n')[0].Trim()})", null);
            }
        }
        catch (Win32Exception e)
        {
            throw Missing($"{options.Nbdkit} does not start ({e.Message})", e);
        }
        if (!Directory.Exists(options.Directory))
        {
            throw Missing($"there is no directory {options.Directory}", null);
        }
    }

    private async Task AnswersAsync(VddkOptions options, VddkDisk disk, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(Endpoint.EndPoint, cancellationToken);
                return;
            }
            catch (SocketException) when (!_process.HasExited && time.GetElapsedTime(started) < options.StartLimit)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
            }
            catch (SocketException)
            {
                await LastWordsAsync(cancellationToken);
                throw new MigrateException("source.vddk-failed", $"nbdkit with VDDK does not serve {disk.FileName} of {disk.VmKey}: {Said(disk.Access.Password)}",
                    "See that the kit's version fits the server's, and that the account may log in and open disks (VirtualMachine.Provisioning.DiskRandomRead).");
            }
        }
    }

    /// <summary>What it said last may still be on its way when it has ended already.</summary>
    private async Task LastWordsAsync(CancellationToken cancellationToken)
    {
        if (!_process.HasExited)
        {
            return;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(5)); // Whoever it started may hold the pipe open.
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    private string Said(string secret)
    {
        lock (_said)
        {
            var text = _said.Count == 0 ? "it said nothing." : string.Join(" / ", _said);
            return secret.Length == 0 ? text : text.Replace(secret, "***", StringComparison.Ordinal);
        }
    }

    /// <summary>The last lines: the cause comes at the end.</summary>
    private static void Keep(List<string> said, string? line)
    {
        lock (said)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                said.Add(line.Trim());
            }
            if (said.Count > 5)
            {
                said.RemoveAt(0);
            }
        }
    }

    private static async Task WriteSecretAsync(string path, string secret, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        await using var file = new StreamWriter(path, options);
        await file.WriteAsync(secret.AsMemory(), cancellationToken);
    }

    private static MigrateException Missing(string why, Exception? inner) => new("source.vddk-missing", $"Disks cannot be read through VDDK here: {why}.",
        "Install nbdkit's VDDK plugin (nbdkit-vddk-plugin) and unpack the kit, or serve without it (no --vddk): then exports are used.", inner);
}
