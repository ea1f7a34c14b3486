using System.Runtime.InteropServices;

namespace Migrate.Target.Namespaces;

/// <summary>Errors of Linux's storage calls (asm-generic/errno.h) that are told apart here.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int EFBIG = 27;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int ENODATA = 61;
    public const int ENOLINK = 67;
    public const int EBADMSG = 74;
    public const int EILSEQ = 84;
    public const int EOPNOTSUPP = 95;
    public const int ETIMEDOUT = 110;
    public const int ESTALE = 116;
    public const int EUCLEAN = 117;
    public const int EREMOTEIO = 121;
    public const int EDQUOT = 122;
    public const int ENOMEDIUM = 123;

    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}
