using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Migrate.EndToEnd.Tests.Package;

/// <summary>The Debian package through its whole life with the real dpkg: installed, started as its user, upgraded, removed, installed again, purged.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly string _packages = Directory.CreateTempSubdirectory("migrate-package-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_packages, recursive: true);

    [Fact]
    public async Task It_installs_runs_upgrades_keeps_what_is_the_operators_and_goes_when_it_is_purged()
    {
        var first = Path.GetFileName((await Programs.OutputOfAsync(
            "bash", Repository.PathOf("eng", "package.sh"), "--version", "1.0.0~test1", "--compression", "none", _packages)).Trim().Split('\n')[^1]);
        var second = await NextVersionAsync(first);
        await using var root = await InstallRoot.MakeAsync(_packages);

        await root.RunAsync("dpkg", "-i", $"/packages/{first}");
        (await root.RunAsync("dpkg", "--verify", "migrate")).ShouldBeEmpty("the modes and groups of settings are changed, their content is not");
        (await root.RunAsync("stat", "-c", "%a %U %G %n", "/var/lib/migrate", "/etc/migrate", "/etc/migrate/migrate.json"))
            .ShouldBe("711 migrate migrate /var/lib/migrate\n750 root migrate /etc/migrate\n640 root migrate /etc/migrate/migrate.json\n");
        (await root.RunAsync("id", "-nG", "migrate")).Split().ShouldBe(["migrate", "libvirt", "kvm", ""], ignoreOrder: true);
        (await root.RunAsync("/usr/bin/migrate", "version")).ShouldStartWith("migrate 1.");
        (await root.RunAsync("man", "--warnings", "-l", "/usr/share/man/man1/migrate.1.gz")).ShouldContain("blocked by concerns");
        (await root.RunAsync("bash", "-c", ". /usr/share/bash-completion/completions/migrate && complete -p migrate")).ShouldContain("_migrate");
        await CheckUnitsAsync(root);

        var token = await ServeAsync(root);
        await root.RunAsync("sh", "-c", "echo '{ \"data\": \"/var/lib/migrate\", \"copies\": 3 }' > /etc/migrate/migrate.json");

        await root.RunAsync("dpkg", "-i", $"/packages/{second}");
        (await root.RunAsync("dpkg-query", "-W", "-f", "${Version} ${db:Status-Status}", "migrate")).ShouldBe("1.0.0~test2 installed");
        (await root.RunAsync("migrate", "config", "show")).ShouldMatch(@"copies +3 runs +/etc/migrate/migrate\.json");
        (await root.RunAsync("stat", "-c", "%a %G", "/etc/migrate/migrate.json")).ShouldBe("640 migrate\n");
        (await ServeAsync(root)).ShouldBe(token, "the data is the same after an upgrade");

        await root.RunAsync("dpkg", "--remove", "migrate");
        (await root.TryAsync("ls", "/usr/bin/migrate", "/usr/lib/migrate", "/lib/systemd/system/migrate.service")).Output.ShouldBeEmpty();
        (await root.RunAsync("cat", "/var/lib/migrate/admin.token")).ShouldBe(token, "removing is not purging");
        (await root.RunAsync("cat", "/etc/migrate/migrate.json")).ShouldContain("\"copies\": 3");

        await root.RunAsync("dpkg", "-i", $"/packages/{first}");
        (await root.RunAsync("cat", "/var/lib/migrate/admin.token")).ShouldBe(token);
        await root.RunAsync("dpkg", "--purge", "migrate");
        (await root.TryAsync("ls", "-d", "/var/lib/migrate", "/etc/migrate", "/usr/lib/migrate", "/usr/share/doc/migrate")).Output.ShouldBeEmpty();
        (await root.TryAsync("getent", "passwd", "migrate", "migrate-target")).Output.ShouldBeEmpty();
        (await root.TryAsync("dpkg-query", "-W", "migrate")).ExitCode.ShouldBe(1);
    }

    /// <summary>Starts the installed server as its user, as the unit does; returns the token that it made.</summary>
    private static async Task<string> ServeAsync(InstallRoot root)
    {
        // An abstract address: the mounts are others inside, the network is not.
        var name = $"migrate-{Guid.NewGuid():N}";
        using var notifications = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notifications.Bind(new UnixDomainSocketEndPoint("\0" + name));
        var start = root.Inside(
            $"NOTIFY_SOCKET=@{name}", "HOME=/var/lib/migrate", "MIGRATE__URLS=http://127.0.0.1:0", "MIGRATE__TARGET_PORT=0",
            "setpriv", "--reuid=migrate", "--regid=migrate", "--init-groups", "--no-new-privs", "/usr/bin/migrate", "serve");
        start.RedirectStandardError = true;
        using var server = Programs.Start(start);
        var said = server.StandardError.ReadToEndAsync(Cancel);
        try
        {
            (await ReceiveAsync(notifications, server, said)).ShouldBe("READY=1");
            var url = (await root.RunAsync("cat", "/var/lib/migrate/server.url")).Trim();
            using var http = new HttpClient();
            (await http.GetStringAsync($"{url}readyz", Cancel)).ShouldBe("ready");
            // Commands find server and token by the settings, without being told.
            (await root.RunAsync("migrate", "source", "list", "--json")).Trim().ShouldBe("[]");
            await Programs.OutputOfAsync("kill", "-TERM", $"{server.Id}");
            (await ReceiveAsync(notifications, server, said)).ShouldBe("STOPPING=1");
            await server.WaitForExitAsync(Cancel);
            server.ExitCode.ShouldBe(0, await said);
        }
        finally
        {
            if (!server.HasExited)
            {
                server.Kill();
            }
        }

        return await root.RunAsync("cat", "/var/lib/migrate/admin.token");
    }

    private static async Task<string> ReceiveAsync(Socket notifications, Process server, Task<string> said)
    {
        var buffer = new byte[256];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        var received = notifications.ReceiveAsync(buffer, patience.Token).AsTask();
        if (await Task.WhenAny(received, server.WaitForExitAsync(patience.Token)) != received && !received.IsCompleted)
        {
            throw new InvalidOperationException($"The installed server ended with {server.ExitCode}:\n{await said}");
        }

        return Encoding.ASCII.GetString(buffer, 0, await received);
    }

    private static async Task CheckUnitsAsync(InstallRoot root)
    {
        string[] units = ["migrate.service", "migrate-worker.service", "migrate-target.service"];
        var verified = await root.TryAsync(["systemd-analyze", "verify", .. units.Select(x => $"/lib/systemd/system/{x}")]);
        (verified.ExitCode, verified.Output + verified.Errors).ShouldBe((0, ""));
        // systemd's own measure of exposure, of 100: the server's children need more than a worker does.
        foreach (var (unit, most) in units.Zip([45, 25, 20]))
        {
            var security = await root.TryAsync("systemd-analyze", "security", "--offline=true", $"--threshold={most}", "--no-pager", $"/lib/systemd/system/{unit}");
            security.ExitCode.ShouldBe(0, $"{unit}: {security.Output}{security.Errors}");
        }
    }

    /// <summary>The same program as a later version.</summary>
    private async Task<string> NextVersionAsync(string first)
    {
        var tree = Path.Combine(_packages, "tree");
        await Programs.OutputOfAsync("dpkg-deb", "-R", Path.Combine(_packages, first), tree);
        var control = Path.Combine(tree, "DEBIAN", "control");
        await File.WriteAllTextAsync(control, (await File.ReadAllTextAsync(control, Cancel)).Replace("1.0.0~test1", "1.0.0~test2", StringComparison.Ordinal), Cancel);
        const string Name = "migrate_1.0.0~test2_amd64.deb";
        await Programs.OutputOfAsync("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, Path.Combine(_packages, Name));
        Directory.Delete(tree, recursive: true);
        return Name;
    }
}
