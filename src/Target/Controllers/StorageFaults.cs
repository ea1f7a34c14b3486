using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

/// <summary>
/// What a host is told of an error of the storage. Linux (drivers/nvme/host/core.c, nvme_error_status) makes ENOSPC of
/// Capacity Exceeded, ENODATA of Write Fault and Unrecovered Read Error, EREMOTEIO of Namespace Not Ready and EIO of the
/// others, after up to five tries unless "do not retry" is set: it is, wherever the storage has tried for itself or a try
/// cannot help.
/// </summary>
internal static class StorageFaults
{
    /// <param name="error">The errno.</param>
    /// <param name="mediaStatus">Write Fault or Unrecovered Read Error, for what is the medium's fault.</param>
    public static ushort StatusOf(int error, ushort mediaStatus) => error switch
    {
        Errno.ENOSPC or Errno.EDQUOT or Errno.EFBIG => NvmeStatus.CapacityExceeded | NvmeStatus.DoNotRetry,
        Errno.EIO or Errno.ENODATA or Errno.EILSEQ or Errno.EBADMSG or Errno.EUCLEAN or Errno.EREMOTEIO =>
            (ushort)(mediaStatus | NvmeStatus.DoNotRetry),
        Errno.ETIMEDOUT or Errno.ENOLINK => mediaStatus, // the way to the medium: it may come back
        Errno.EROFS or Errno.EPERM or Errno.EACCES => NvmeStatus.NamespaceWriteProtected | NvmeStatus.DoNotRetry,
        Errno.ENODEV or Errno.ENXIO or Errno.ENOMEDIUM or Errno.ESTALE or Errno.EBADF => NvmeStatus.NamespaceNotReady | NvmeStatus.DoNotRetry,
        Errno.EINVAL or Errno.EOPNOTSUPP => NvmeStatus.InternalError | NvmeStatus.DoNotRetry,
        _ => NvmeStatus.InternalError, // ENOMEM and EAGAIN pass
    };
}
