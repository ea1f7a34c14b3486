using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Migrate.EndToEnd.Tests.Proof;

/// <summary>A source disk that nbdkit or qemu-nbd serves on a port of the loopback. nbdkit's reads fail for as long as a file exists.</summary>
internal sealed class NbdSource : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _trouble;

    private NbdSource(Process process, string trouble, IPEndPoint endPoint) => (_process, _trouble, EndPoint) = (process, trouble, endPoint);

    public IPEndPoint EndPoint { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<NbdSource> StartAsync(string program, string file)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        var trouble = file + ".trouble";
        // One thread for each connection: several run into an assertion of nbdkit's own when the connection breaks while they answer.
        string[] arguments = program == "nbdkit"
            ? ["--foreground", "--readonly", "--threads=1", "-i", "127.0.0.1", "-p", $"{endPoint.Port}", "--filter=error", "file", file, "error-pread=EIO", "error-pread-rate=100%", $"error-pread-file={trouble}"]
            : ["--read-only", "--persistent", "--shared=8", "--bind=127.0.0.1", $"--port={endPoint.Port}", "--format=raw", file];
        var process = Programs.Start(new ProcessStartInfo(program, arguments));
        var source = new NbdSource(process, trouble, endPoint);
        while (!await AnswersAsync(endPoint))
        {
            process.HasExited.ShouldBeFalse($"{program} ended");
            await Task.Delay(20, Cancellation);
        }

        return source;
    }

    /// <summary>Every read fails with EIO, or none.</summary>
    public void Fail(bool reads)
    {
        if (reads)
        {
            File.WriteAllText(_trouble, "");
        }
        else
        {
            File.Delete(_trouble);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private static async Task<bool> AnswersAsync(IPEndPoint endPoint)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(endPoint, Cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
