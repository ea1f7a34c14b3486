using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

namespace Migrate.Executor.Destinations;

/// <summary>
/// The user that libvirt runs QEMU as, and what that user can reach. libvirt gives it the disk files, but not the directories
/// above them, and says so only when a domain starts: by then the guest is down.
/// </summary>
internal sealed record QemuUser(uint Uid, uint Gid)
{
    /// <summary>From the DAC label of libvirt's capabilities ("+64055:+64055"); null where there is none.</summary>
    public static QemuUser? Of(XElement capabilities)
    {
        var label = capabilities.Descendants("secmodel").Where(x => (string?)x.Element("model") == "dac")
            .Elements("baselabel").Select(x => x.Value.Split(':')).FirstOrDefault(x => x.Length == 2);
        return label is not null && Id(label[0]) is { } uid && Id(label[1]) is { } gid ? new QemuUser(uid, gid) : null;
    }

    /// <summary>
    /// The first directory on the way that this user cannot enter; null when it reaches the end, or when this process may not
    /// become that user to find out.
    /// </summary>
    public async Task<string?> FirstClosedAsync(string directory, CancellationToken cancellationToken)
    {
        if (Uid == 0 || !Environment.IsPrivilegedProcess || !await IsClosedAsync(directory, cancellationToken))
        {
            return null;
        }

        var way = new Stack<string>();
        for (var at = Path.GetFullPath(directory); at is not null; at = Path.GetDirectoryName(at))
        {
            way.Push(at);
        }

        foreach (var each in way)
        {
            if (await IsClosedAsync(each, cancellationToken))
            {
                return each;
            }
        }

        return null;
    }

    /// <summary>Asked of the kernel as that user, so that owners, groups and ACLs all count.</summary>
    private async Task<bool> IsClosedAsync(string directory, CancellationToken cancellationToken)
    {
        const int NoByTest = 1; // setpriv's own failures are 127.
        string[] arguments =
        [
            string.Create(CultureInfo.InvariantCulture, $"--reuid={Uid}"), string.Create(CultureInfo.InvariantCulture, $"--regid={Gid}"),
            "--clear-groups", "test", "-x", directory,
        ];
        using var process = Process.Start(new ProcessStartInfo("setpriv", arguments) { RedirectStandardError = true });
        if (process is null)
        {
            return false;
        }

        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == NoByTest;
    }

    private static uint? Id(string text) =>
        uint.TryParse(text.TrimStart('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
}
