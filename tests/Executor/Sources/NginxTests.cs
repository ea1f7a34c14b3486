using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Migrate.Executor.Sources;
using Migrate.Executor.Tests.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Sources;

/// <summary>Ranges of a server that we did not write: nginx, as it is, overrun, and forbidden to give parts.</summary>
public sealed class NginxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(""), InlineData("limit_conn addr 2;"), InlineData("limit_req zone=rate burst=2 nodelay;")]
    public async Task A_disk_arrives_whole_also_when_the_server_refuses_some_requests(string limits)
    {
        var disk = SampleDisk.Random(new Random(31), maxExtents: 40);
        using var server = await StartAsync(disk, limits);
        using var http = new HttpClient();
        var budget = new HostBudget(new HostBudgetOptions(), TimeProvider.System);
        var options = new FolderReaderOptions { RequestBytes = 1 << 20, ParallelRequests = 8, Attempts = 50, FirstDelay = TimeSpan.FromMilliseconds(20), LongestDelay = TimeSpan.FromMilliseconds(200), Budget = budget };
        await using var reader = await FolderReader.OpenAsync(http, new Uri(server.Address, "disk.raw"), options, TimeProvider.System, Cancel);
        (await RangeReading.SequenceAsync(reader)).AsSpan().SequenceEqual(disk).ShouldBeTrue();
        if (limits.Length == 0)
        {
            await RangeReading.ShouldBeAsync(reader, disk);
        }
    }

    [Fact]
    public async Task A_file_that_is_replaced_while_it_is_read_is_noticed()
    {
        var disk = new byte[8 << 20];
        using var server = await StartAsync(disk, "");
        using var http = new HttpClient();
        await using var reader = await FolderReader.OpenAsync(http, new Uri(server.Address, "disk.raw"), new FolderReaderOptions(), TimeProvider.System, Cancel);
        await reader.ReadRangeAsync(0, new byte[512], Cancel);
        await File.WriteAllBytesAsync(_folder.File("disk.raw"), disk, Cancel);
        File.SetLastWriteTimeUtc(_folder.File("disk.raw"), DateTime.UtcNow.AddMinutes(1));
        (await Should.ThrowAsync<MigrateException>(async () => await reader.ReadRangeAsync(0, new byte[512], Cancel))).Code.ShouldBe("source.changed");
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_is_refused()
    {
        using var server = await StartAsync(new byte[3 << 20], "max_ranges 0;");
        using var http = new HttpClient();
        await using var reader = await FolderReader.OpenAsync(http, new Uri(server.Address, "disk.raw"), new FolderReaderOptions { RequestBytes = 1 << 20 }, TimeProvider.System, Cancel);
        (await Should.ThrowAsync<MigrateException>(() => RangeReading.SequenceAsync(reader))).Code.ShouldBe("source.ranges-refused");
    }

    private async Task<Server> StartAsync(byte[] disk, string limits)
    {
        await File.WriteAllBytesAsync(_folder.File("disk.raw"), disk, Cancel);
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            await File.WriteAllTextAsync(_folder.File("nginx.conf"), $$"""
                daemon off; master_process off; pid {{_folder.File("nginx.pid")}}; error_log {{_folder.File("error.log")}};
                events { }
                http {
                  access_log off; client_body_temp_path {{_folder.File("body")}}; proxy_temp_path {{_folder.File("proxy")}}; fastcgi_temp_path {{_folder.File("fcgi")}};
                  uwsgi_temp_path {{_folder.File("uwsgi")}}; scgi_temp_path {{_folder.File("scgi")}};
                  limit_conn_zone $binary_remote_addr zone=addr:1m;
                  limit_req_zone $binary_remote_addr zone=rate:1m rate=30r/s;
                  server { listen 127.0.0.1:{{port}}; root {{_folder.Path}}; {{limits}} }
                }
                """, Cancel);
            socket.Close();
            var server = new Server(Programs.Start(new ProcessStartInfo("nginx", ["-c", _folder.File("nginx.conf"), "-e", _folder.File("error.log")])), new Uri($"http://127.0.0.1:{port}/"));
            await server.WaitAsync(_folder.File("error.log"));
            return server;
        }
    }

    private sealed class Server(Process process, Uri address) : IDisposable
    {
        public Uri Address => address;

        public async Task WaitAsync(string log)
        {
            while (true)
            {
                process.HasExited.ShouldBeFalse(process.HasExited ? await File.ReadAllTextAsync(log, Cancel) : "");
                using var probe = new TcpClient();
                try
                {
                    await probe.ConnectAsync(IPAddress.Loopback, address.Port, Cancel);
                    return;
                }
                catch (SocketException)
                {
                    await Task.Delay(20, Cancel);
                }
            }
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
