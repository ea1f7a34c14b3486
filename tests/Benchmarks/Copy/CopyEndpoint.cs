using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Migrate.Executor.Sources;
using Migrate.Executor.Sources.Nbd;

namespace Migrate.Benchmarks.Copy;

/// <summary>
/// What serves a disk to us and to the peers alike, as a process of its own whose CPU time is on nobody's bill: HTTPS with ranges, which
/// cannot tell what is allocated, or nbdkit over TCP, which can, perhaps with a limit of its own.
/// </summary>
internal sealed class CopyEndpoint : IAsyncDisposable
{
    private readonly Process _server;
    private readonly string _thumbprint = "";
    private readonly int _port;
    private readonly HttpClient? _http;

    private CopyEndpoint(Process server, Uri uri, string thumbprint)
    {
        (_server, Uri, _thumbprint) = (server, uri, thumbprint);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
            errors == SslPolicyErrors.None || certificate?.GetCertHashString(HashAlgorithmName.SHA256) == _thumbprint;
        _http = new HttpClient(handler);
    }

    private CopyEndpoint(Process server, int port) => (_server, _port, Uri) = (server, port, new Uri($"nbd://127.0.0.1:{port}"));

    public Uri Uri { get; }

    public bool IsHttps => _http is not null;

    public static CopyEndpoint Https(string disk)
    {
        var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. OurAssembly(), "copy-source", disk]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var told = (server.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the source did not start")).Split(' ');
        return new CopyEndpoint(server, new Uri(told[0]), told[1]);
    }

    /// <param name="disk">The file to serve.</param>
    /// <param name="isWritten">For copies into it; otherwise it is served read-only.</param>
    /// <param name="mibPerSecond">A limit of the server, as a slow source has one; null for none.</param>
    public static async Task<CopyEndpoint> NbdAsync(string disk, bool isWritten = false, int? mibPerSecond = null)
    {
        var port = FreePort();
        string[] filter = mibPerSecond is null ? [] : ["--filter=rate"];
        string[] rate = mibPerSecond is null ? [] : [$"rate={(long)mibPerSecond * 8}M"];
        string[] arguments = ["--foreground", "--run", "exec cat >/dev/null", "-i", "127.0.0.1", "-p", $"{port}", .. isWritten ? Array.Empty<string>() : ["--readonly"], .. filter, "file", disk, .. rate];
        var server = Process.Start(new ProcessStartInfo("nbdkit", arguments) { RedirectStandardInput = true })!;
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, port);
                return new CopyEndpoint(server, port);
            }
            catch (SocketException) when (tries < 200 && !server.HasExited)
            {
                await Task.Delay(50);
            }
        }
    }

    public async Task<IRangeReader> OpenAsync() => _http is not null
        ? await FolderReader.OpenAsync(_http, Uri, new FolderReaderOptions(), TimeProvider.System, CancellationToken.None)
        : await NbdReader.OpenAsync(new NbdEndpoint(new IPEndPoint(IPAddress.Loopback, _port)), new NbdReaderOptions(), TimeProvider.System, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        // Both end with their input, and so with this process whatever becomes of it.
        _server.StandardInput.Close();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _http?.Dispose();
    }

    /// <summary>This program again is its own executable, or `dotnet` with its assembly: as it was started itself.</summary>
    internal static string[] OurAssembly() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(CopyEndpoint).Assembly.Location] : [];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
